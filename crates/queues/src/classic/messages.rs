//! Where a queue's messages rest: contiguous pages in the order of their arrival, not one heap allocation each.
//!
//! A message is a record in a page; its [`Place`] stays valid until the message is settled. A page whose messages
//! are all settled is freed whole, so settling costs a counter and not a search. When memory runs short, full pages
//! between the reading and the writing end are kept on disk only, so that a long queue costs no memory per message.

use std::collections::{BTreeMap, VecDeque};

use crate::classic::backlog::first_of;
use crate::pages::held::{Held, Place};
use crate::pages::page::{Page, Saved};
use crate::pages::page_memory::PageMemory;
use crate::pages::record::Times;
use warren_model::message::{Body, Message, Stored};

/// A message that can be taken out.
#[derive(Debug, Clone, Copy)]
pub struct Taken {
    /// The message.
    pub held: Held,
    /// Whether it was delivered before (AMQP 0-9-1, `basic.deliver.redelivered`).
    pub redelivered: bool,
    /// From then on it is not delivered any more, in milliseconds since 1970; 0 is never.
    pub expires_at: u64,
    /// It had been put back, and is not the next unread one.
    pub(crate) returned: bool,
    /// Length of its record.
    pub(crate) size: u32,
}

/// The messages of one queue.
#[derive(Debug, Default)]
pub struct Messages {
    /// Number of the queue: its segments are named by it.
    pub(crate) queue: u64,
    /// The priority; see `backlog.rs`.
    pub(crate) level: u8,
    pub(crate) pages: VecDeque<Page>,
    /// Number of the page at the front of `pages`.
    pub(crate) first_page: u32,
    /// The next record that was never taken.
    pub(crate) cursor: Place,
    /// How many messages are at and behind the cursor.
    pub(crate) unread: u64,
    pub(crate) next_sequence: u64,
    /// Messages put back, by sequence number.
    pub(crate) returned: BTreeMap<u64, Held>,
    pub(crate) ready_bytes: u64,
    unsettled_bytes: u64,
    unsettled: u64,
    /// The page that was brought back from disk last.
    loaded: Option<u32>,
    /// While being restored: a message came after later ones.
    pub(crate) disordered: bool,
    /// Messages up to this sequence number may have been delivered before the last restart.
    pub(crate) delivered_before: Option<u64>,
    /// Highest sequence number of a persistent message that was ever delivered.
    pub(crate) delivered: Option<u64>,
    /// The value of `delivered` that was told last.
    delivered_told: Option<u64>,
}

/// Number of the segment of a page: level and page number.
pub(crate) fn segment(level: u8, page: u32) -> u64 {
    (u64::from(level) << 32) | u64::from(page)
}

impl Messages {
    /// No messages yet, of priority `level` in queue number `queue`.
    pub fn new(queue: u64, level: u8) -> Self {
        let next_sequence = first_of(level);
        Self { queue, level, next_sequence, ..Self::default() }
    }

    /// Number of the segment that a page goes to.
    pub(crate) fn segment(&self, page: u32) -> u64 {
        segment(self.level, page)
    }

    /// How many messages can be taken.
    pub fn ready(&self) -> u64 {
        self.unread + self.returned.len() as u64
    }

    /// Body bytes of the messages that can be taken.
    pub fn ready_bytes(&self) -> u64 {
        self.ready_bytes
    }

    /// How many messages are taken and not yet settled.
    pub fn unsettled(&self) -> u64 {
        self.unsettled
    }

    /// Body bytes of the messages that are taken and not yet settled.
    pub fn unsettled_bytes(&self) -> u64 {
        self.unsettled_bytes
    }

    /// Memory that the pages hold, in bytes.
    pub fn memory(&self) -> usize {
        self.pages.iter().map(Page::memory).sum()
    }

    /// Adds a message at the end. Returns its sequence number.
    pub fn push(&mut self, message: &Message<'_>, times: Times, memory: &PageMemory) -> u64 {
        let sequence = self.skip_sequences(1);
        let place = self.append(message, sequence, times, memory);
        if self.unread == 0 {
            self.cursor = place;
        }
        self.unread += 1;
        self.ready_bytes += message.body.len() as u64;
        sequence
    }

    /// Adds a message that is delivered in the same moment, so that it is never ready.
    ///
    /// Only right while nothing is ready: the message would overtake.
    pub fn push_taken(&mut self, message: &Message<'_>, times: Times, memory: &PageMemory) -> Held {
        debug_assert_eq!(self.ready(), 0, "a message must not overtake those that are ready");
        let sequence = self.skip_sequences(1);
        let place = self.append(message, sequence, times, memory);
        let body_len = message.body.len() as u32;
        self.count_taken(1, u64::from(body_len));
        if message.persistent {
            self.delivered = Some(sequence);
        }
        Held { sequence, place, body_len, persistent: message.persistent }
    }

    /// Takes the message that [`peek`](Self::peek) showed; it stays stored until settled or put back.
    pub fn take(&mut self, taken: &Taken, memory: &PageMemory) {
        let Held { sequence, place, body_len, persistent } = taken.held;
        if taken.returned {
            self.returned.remove(&sequence);
        } else {
            self.unread -= 1;
            self.cursor = Place { page: place.page, offset: place.offset + taken.size };
            if persistent {
                self.delivered = self.delivered.max(Some(sequence));
            }
            self.leave_page(memory);
        }
        self.ready_bytes = self.ready_bytes.saturating_sub(u64::from(body_len));
        self.count_taken(1, u64::from(body_len));
    }

    /// Frees a message that was taken.
    pub fn settle(&mut self, held: &Held, memory: &PageMemory) {
        self.count_settled(1, u64::from(held.body_len));
        let Some(page) = self.page_mut(held.place.page) else { return };
        page.settle(std::slice::from_ref(held));
        self.free_settled(held.place.page, memory);
    }

    pub(crate) fn count_taken(&mut self, count: u64, bytes: u64) {
        self.unsettled += count;
        self.unsettled_bytes += bytes;
    }

    pub(crate) fn count_settled(&mut self, count: u64, bytes: u64) {
        self.unsettled = self.unsettled.saturating_sub(count);
        self.unsettled_bytes = self.unsettled_bytes.saturating_sub(bytes);
    }

    /// A message that was taken. `None` if it cannot be read, which is logged.
    pub fn read(&mut self, held: &Held, memory: &PageMemory) -> Option<Stored<'_>> {
        if !self.make_resident(held.place.page, memory) {
            return None;
        }
        Some(self.page(held.place.page)?.read(held.place.offset)?.stored)
    }

    /// How far deliveries have come, if that is new and any of them is unsettled.
    pub fn take_delivered(&mut self) -> Option<u64> {
        if self.delivered == std::mem::replace(&mut self.delivered_told, self.delivered)
            || self.unsettled == 0
        {
            return None;
        }
        self.delivered
    }

    /// Puts a message that was taken back to its old place in the order.
    pub fn put_back(&mut self, held: &Held) {
        self.count_settled(1, u64::from(held.body_len));
        self.ready_bytes += u64::from(held.body_len);
        self.returned.insert(held.sequence, *held);
    }

    /// Drops all messages that are ready, telling each, and returns how many there were.
    pub fn purge(&mut self, memory: &PageMemory, mut dropped: impl FnMut(&Held)) -> u64 {
        let count = self.ready();
        while let Some(taken) = self.peek(memory).map(|(taken, _)| taken) {
            self.take(&taken, memory);
            self.settle(&taken.held, memory);
            dropped(&taken.held);
        }
        count
    }

    /// Gives all pages back: the queue is deleted.
    pub fn clear(&mut self, memory: &PageMemory) {
        let (first, level) = (self.first_page, self.level);
        for (index, page) in self.pages.iter_mut().enumerate() {
            memory.close_page(self.queue, segment(level, first.wrapping_add(index as u32)), page);
        }
        *self = Self::new(self.queue, level);
    }

    pub(crate) fn page(&self, number: u32) -> Option<&Page> {
        self.pages.get(number.wrapping_sub(self.first_page) as usize)
    }

    pub(crate) fn page_mut(&mut self, number: u32) -> Option<&mut Page> {
        self.pages.get_mut(number.wrapping_sub(self.first_page) as usize)
    }

    /// Number of the page that is written to.
    pub(crate) fn last_page(&self) -> u32 {
        self.first_page.wrapping_add((self.pages.len() as u32).wrapping_sub(1))
    }

    /// Gives messages their sequence numbers, and returns the first: all that those need which go through without being stored.
    #[inline]
    pub(crate) fn skip_sequences(&mut self, count: u64) -> u64 {
        let first = self.next_sequence;
        self.next_sequence += count;
        first
    }

    pub(crate) fn append(
        &mut self,
        message: &Message<'_>,
        sequence: u64,
        times: Times,
        memory: &PageMemory,
    ) -> Place {
        let size = Page::record_size(message, times);
        if self.pages.back().is_none_or(|page| !page.has_room(size)) {
            self.seal_last(memory);
            let shared = matches!(message.body, Body::Shared(_));
            self.pages.push_back(memory.open_page(size, self.pages.len(), shared));
        }
        let offset = self.pages.back_mut().map_or(0, |page| page.push(message, sequence, times));
        Place { page: self.last_page(), offset }
    }

    /// The page that is written to is full. When memory is short, it goes to disk unless it is read soon. While nothing
    /// waits to be read, pages are written in turn that their consumers are slow to settle.
    pub(crate) fn seal_last(&mut self, memory: &PageMemory) {
        let (queue, level, number) = (self.queue, self.level, self.last_page());
        let Some(last) = self.pages.back_mut().filter(|page| !page.sealed) else { return };
        if !memory.seal(last) {
            return;
        }
        let victim = match self.unread {
            0 => number.wrapping_sub(2),
            _ if number.wrapping_sub(self.cursor.page) > 1 => number,
            _ => return,
        };
        if let Some(page) = self.page_mut(victim).filter(|page| page.live > 0) {
            memory.evict(queue, segment(level, victim), page);
        }
    }

    /// Moves pages to disk that are not read soon, as long as memory is short.
    pub(crate) fn relieve(&mut self, memory: &PageMemory) {
        let (queue, level, first, cursor) = (self.queue, self.level, self.first_page, self.cursor.page);
        for (index, page) in self.pages.iter_mut().enumerate() {
            if !memory.is_short() {
                return;
            }
            let number = first.wrapping_add(index as u32);
            if page.live > 0 && number.wrapping_sub(cursor) > 1 {
                memory.evict(queue, segment(level, number), page);
            }
        }
    }

    pub(crate) fn make_resident(&mut self, number: u32, memory: &PageMemory) -> bool {
        let (queue, level) = (self.queue, self.level);
        let Some(page) = self.page_mut(number) else { return false };
        if page.is_resident() {
            return true;
        }
        let Some(live_bytes) = memory.load(queue, segment(level, number), page) else { return false };
        if std::mem::take(&mut page.guessed) {
            // How many bytes were settled in the log after the checkpoint was a guess.
            let counted = std::mem::replace(&mut page.persistent_bytes, live_bytes);
            self.ready_bytes = (self.ready_bytes + live_bytes).saturating_sub(counted);
        }
        let before =
            self.loaded.replace(number).filter(|before| ![number, self.cursor.page].contains(before));
        if let Some(before) = before.filter(|_| memory.is_short())
            && let Some(page) = self.page_mut(before)
        {
            memory.evict(queue, segment(level, before), page);
        }
        true
    }

    /// When memory is short, a page that is read to its end waits on disk for its acknowledgements.
    pub(crate) fn leave_page(&mut self, memory: &PageMemory) {
        let (queue, level) = (self.queue, self.level);
        let Place { page: number, offset } = self.cursor;
        if let Some(page) = self.page_mut(number)
            && page.sealed
            && offset >= page.len()
            // A last message that is settled at once is not worth a write.
            && (page.live > 1 || page.saved != Saved::No)
            && memory.is_short()
        {
            memory.evict(queue, segment(level, number), page);
        }
    }

    /// Messages of a page were settled: if those were all that it had, its memory is given back.
    pub(crate) fn free_settled(&mut self, number: u32, memory: &PageMemory) {
        let (queue, segment) = (self.queue, self.segment(number));
        let is_last = number == self.last_page();
        let Some(page) = self.page_mut(number).filter(|page| page.live == 0) else { return };
        if page.sealed || is_last {
            page.sealed |= !is_last;
            memory.close_page(queue, segment, page);
        }
        self.drop_front(is_last);
    }

    /// Pages at the front whose messages are all settled are forgotten.
    fn drop_front(&mut self, last_is_empty: bool) {
        while self.pages.front().is_some_and(Page::is_done) {
            self.pages.pop_front();
            self.first_page = self.first_page.wrapping_add(1);
        }
        if last_is_empty {
            if self.pages.len() == 1 {
                self.pages.clear();
                self.first_page = self.first_page.wrapping_add(1);
            } else if let Some(last) = self.pages.back_mut() {
                // Its buffer is given back: what comes next begins a page.
                last.sealed = true;
            }
        }
    }
}
