//! Runs of messages that are taken or settled together: what is the same for all of them is looked up once.

use super::backlog::{Backlog, level_of};
use super::messages::{Held, Messages, Place, Stored};
use super::pages::Page;
use super::record::Times;
use super::vault::Vault;
use crate::message::Message;

/// A message of a run that is offered to whoever takes it.
pub(super) struct Offer<'a> {
    pub(super) held: Held,
    /// It may have been delivered before the last restart.
    pub(super) redelivered: bool,
    pub(super) times: Times,
    pub(super) stored: &'a Stored<'a>,
    /// It differs from the one that was taken just before in number and the octets of its body alone.
    pub(super) like: bool,
}

impl Backlog {
    /// Adds messages at the end of their level, and tells the sequence number of each.
    #[inline]
    pub(super) fn push_run(
        &mut self,
        level: u8,
        run: &[Message<'_>],
        times: Times,
        vault: &Vault,
        note: impl FnMut(&Message<'_>, u64),
    ) {
        if !run.is_empty() {
            self.open_level(level).push_run(run, times, vault, note);
        }
    }

    /// As [`Messages::take_run`], from the highest level that has any message.
    #[inline]
    pub(super) fn take_run(&mut self, settle: bool, vault: &Vault, give: impl FnMut(&Offer<'_>) -> bool) {
        self.next_level().take_run(settle, vault, give);
    }

    /// Frees messages that were taken.
    pub(super) fn settle_each(&mut self, entries: &[Held], vault: &Vault) {
        if let [held] = entries {
            return self.settle(held, vault);
        }
        let levels = entries.chunk_by(|a, b| level_of(a.sequence) == level_of(b.sequence));
        for run in levels {
            let Some(level) = run.first().and_then(|held| self.level(level_of(held.sequence))) else {
                continue;
            };
            run.chunk_by(|a, b| a.place.page == b.place.page).for_each(|run| level.settle_run(run, vault));
        }
    }
}

impl Messages {
    /// Adds messages at the end, and tells the sequence number of each.
    #[inline]
    pub(super) fn push_run(
        &mut self,
        run: &[Message<'_>],
        times: Times,
        vault: &Vault,
        mut note: impl FnMut(&Message<'_>, u64),
    ) {
        let mut run = run.iter();
        // The first one finds or opens the page.
        while let Some(first) = run.next() {
            note(first, self.push(first, times, vault));
            let (mut before, mut size) = (first, Page::record_size(first, times));
            let mut sequence = self.next_sequence;
            let (mut bytes, start) = (0, sequence);
            let Some(page) = self.pages.back_mut() else { continue };
            while let Some(message) = run.as_slice().first() {
                let like = message.is_like(before);
                if !like {
                    size = Page::record_size(message, times);
                }
                if !page.has_room(size) {
                    break;
                }
                run.next();
                if !like || page.push_like(message, sequence).is_none() {
                    page.push(message, sequence, times);
                }
                before = message;
                note(message, sequence);
                sequence += 1;
                bytes += message.body.len() as u64;
            }
            self.next_sequence = sequence;
            self.unread += sequence - start;
            self.ready_bytes += bytes;
        }
    }

    /// Offers messages that were never taken one after the other, as far as the page in which the next one lies goes, until one is not
    /// wanted. Those that are, are taken, and with `settle` freed at once.
    ///
    /// Offers nothing where [`peek`](Self::peek) has to look first: a message was put back, or the page is not in memory or read
    /// to its end.
    #[inline]
    pub(super) fn take_run(&mut self, settle: bool, vault: &Vault, mut give: impl FnMut(&Offer<'_>) -> bool) {
        if self.unread == 0 || !self.returned.is_empty() {
            return;
        }
        let (before, unread, mut place) = (self.delivered_before, self.unread, self.cursor);
        let Some(page) = self.page_mut(place.page).filter(|page| page.is_resident()) else { return };
        let (mut count, mut bytes, mut delivered) = (0, 0, None);
        let first = place.offset;
        let mut records = page.records(first);
        let mut alike = false;
        while count < unread
            && let Some((offset, record)) = records.advance()
        {
            let next = offset.saturating_add(record.size.max(1));
            alike &= record.like;
            if record.settled {
                place.offset = next;
                continue;
            }
            let (stored, times) = (&record.stored, record.times);
            let (body_len, persistent) = (stored.body.len() as u32, stored.persistent);
            let held =
                Held { sequence: record.sequence, place: Place { offset, ..place }, body_len, persistent };
            let redelivered = before.is_some_and(|until| held.sequence <= until);
            if !give(&Offer { held, redelivered, times, stored, like: alike }) {
                break;
            }
            alike = true;
            if persistent {
                delivered = Some(held.sequence);
            }
            (count, bytes) = (count + 1, bytes + u64::from(body_len));
            place.offset = next;
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
        self.leave_page(vault);
        if settle {
            self.free_settled(place.page, vault);
        } else {
            self.count_taken(count, bytes);
        }
    }

    /// Frees messages of one page that were taken.
    pub(super) fn settle_run(&mut self, entries: &[Held], vault: &Vault) {
        let Some(number) = entries.first().map(|held| held.place.page) else { return };
        let bytes = entries.iter().map(|held| u64::from(held.body_len)).sum();
        self.count_settled(entries.len() as u64, bytes);
        let Some(page) = self.page_mut(number) else { return };
        entries.iter().for_each(|held| page.settle(held));
        self.free_settled(number, vault);
    }
}
