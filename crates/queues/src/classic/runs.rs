//! Runs of messages that are taken or settled together: what is the same for all of them is looked up once.

use crate::classic::backlog::{Backlog, level_of};
use crate::classic::messages::Messages;
use crate::pages::held::{Held, Place};
use crate::pages::page::Page;
use crate::pages::page_memory::PageMemory;
use crate::pages::record::Times;
use crate::pages::rows::{HeldRow, RecordRow};
use warren_model::message::Message;
use warren_model::message::Stored;

/// A message that is offered to a [`Taker`].
pub(crate) struct Offer<'a> {
    pub(crate) held: Held,
    /// It may have been delivered before the last restart.
    pub(crate) redelivered: bool,
    pub(crate) times: Times,
    pub(crate) stored: &'a Stored<'a>,
}

/// Who takes messages in a row.
pub(crate) trait Taker {
    /// Takes a message, unless it is not wanted.
    fn take(&mut self, offer: &Offer<'_>) -> bool;

    /// Takes as many as it wants of those that continue the row of the one that it took just now. They are redelivered if it is.
    fn take_row(&mut self, row: &mut RecordRow<'_>);
}

impl Backlog {
    /// As [`Messages::push_run`], at the end of a level.
    #[inline]
    pub(crate) fn push_run(
        &mut self,
        level: u8,
        run: &[Message<'_>],
        times: Times,
        memory: &PageMemory,
        note: impl FnMut(&[Message<'_>], u64),
    ) {
        if !run.is_empty() {
            self.open_level(level).push_run(run, times, memory, note);
        }
    }

    /// As [`Messages::take_run`], from the highest level that has any message.
    #[inline]
    pub(crate) fn take_run(&mut self, settle: bool, memory: &PageMemory, taker: &mut impl Taker) {
        self.next_level().take_run(settle, memory, taker);
    }

    /// Frees messages that were taken.
    pub(crate) fn settle_each(&mut self, entries: &[Held], memory: &PageMemory) {
        if let [held] = entries {
            return self.settle(held, memory);
        }
        let levels = entries.chunk_by(|a, b| level_of(a.sequence) == level_of(b.sequence));
        for run in levels {
            let Some(level) = run.first().and_then(|held| self.level(level_of(held.sequence))) else {
                continue;
            };
            run.chunk_by(|a, b| a.place.page == b.place.page).for_each(|run| level.settle_run(run, memory));
        }
    }
}

impl Messages {
    /// Adds messages at the end. Tells them in pieces, each with the sequence number of its first.
    #[inline]
    pub(crate) fn push_run(
        &mut self,
        run: &[Message<'_>],
        times: Times,
        memory: &PageMemory,
        mut note: impl FnMut(&[Message<'_>], u64),
    ) {
        let mut left = run;
        while let Some((first, behind)) = left.split_first() {
            // It finds or opens the page.
            let sequence = self.push(first, times, memory);
            let page = self.pages.back_mut();
            let row = first.row_in(behind);
            let count = page.map_or(0, |page| page.push_row(first, row, times, sequence + 1));
            self.skip_sequences(count as u64);
            self.unread += count as u64;
            self.ready_bytes += (count * first.body.len()) as u64;
            let (pushed, behind) = left.split_at_checked(1 + count).unwrap_or((left, &[]));
            note(pushed, sequence);
            left = behind;
        }
    }

    /// Adds messages that continue the row of `first`, the one that was [pushed](Self::push_taken) last, in the same way, as far as its page has
    /// room. `None` if none goes into it.
    #[inline]
    pub(crate) fn push_taken_row(
        &mut self,
        first: &Message<'_>,
        row: &[Message<'_>],
        times: Times,
    ) -> Option<HeldRow> {
        let (sequence, number) = (self.next_sequence, self.last_page());
        let page = self.pages.back_mut()?;
        let place = Place { page: number, offset: page.len() };
        let count = page.push_row(first, row, times, sequence);
        if count == 0 {
            return None;
        }
        self.skip_sequences(count as u64);
        let (body_len, persistent) = (first.body.len() as u32, first.persistent);
        self.count_taken(count as u64, count as u64 * u64::from(body_len));
        if persistent {
            self.delivered = Some(self.next_sequence - 1);
        }
        let held = Held { sequence, place, body_len, persistent };
        Some(HeldRow::new(held, count, Page::record_size(first, times)))
    }

    /// Offers messages that were never taken one after the other, as far as the page in which the next one lies goes, until one is not
    /// wanted. Those that are, are taken, and with `settle` freed at once.
    ///
    /// Offers nothing where [`peek`](Self::peek) has to look first: a message was put back, or the page is not in memory or read
    /// to its end.
    #[inline]
    pub(crate) fn take_run(&mut self, settle: bool, memory: &PageMemory, taker: &mut impl Taker) {
        if self.unread == 0 || !self.returned.is_empty() {
            return;
        }
        let redelivered_below = self.delivered_before.map_or(0, |until| until.saturating_add(1));
        let (unread, mut place) = (self.unread, self.cursor);
        let Some(page) = self.page_mut(place.page).filter(|page| page.is_resident()) else { return };
        let first = place.offset;
        let (mut count, mut bytes, mut delivered) = (0, 0, None);
        while count < unread
            && let Some(record) = page.read(place.offset)
        {
            // A record has a length, whatever is in it: this comes to an end.
            let next = place.offset.saturating_add(record.size.max(1));
            if record.settled {
                place.offset = next;
                continue;
            }
            let (stored, times, sequence) = (&record.stored, record.times, record.sequence);
            let (body_len, persistent) = (stored.body.len() as u32, stored.persistent);
            let held = Held { sequence, place, body_len, persistent };
            let redelivered = sequence < redelivered_below;
            if !taker.take(&Offer { held, redelivered, times, stored }) {
                break;
            }
            (count, bytes, place.offset) = (count + 1, bytes + u64::from(body_len), next);
            let mut last = sequence;
            // Those behind it are redelivered as it is, up to here.
            let marked = if redelivered { redelivered_below - sequence - 1 } else { u64::MAX };
            if let Some(mut row) = page.row_behind(&held, marked.min(unread - count)) {
                taker.take_row(&mut row);
                (count, bytes) = (count + row.taken(), bytes + row.taken() * u64::from(body_len));
                (last, place.offset) = (row.newest().sequence, row.end());
            }
            if persistent {
                delivered = Some(last);
            }
        }
        if settle {
            page.settle_between(first, place.offset);
        }
        self.cursor = place;
        if count == 0 {
            return;
        }
        self.delivered = self.delivered.max(delivered);
        self.unread -= count;
        self.ready_bytes = self.ready_bytes.saturating_sub(bytes);
        self.leave_page(memory);
        if settle {
            self.free_settled(place.page, memory);
        } else {
            self.count_taken(count, bytes);
        }
    }

    /// Frees messages of one page that were taken.
    pub(crate) fn settle_run(&mut self, entries: &[Held], memory: &PageMemory) {
        let Some(number) = entries.first().map(|held| held.place.page) else { return };
        let bytes = entries.iter().map(|held| u64::from(held.body_len)).sum();
        self.count_settled(entries.len() as u64, bytes);
        let Some(page) = self.page_mut(number) else { return };
        page.settle(entries);
        self.free_settled(number, memory);
    }
}
