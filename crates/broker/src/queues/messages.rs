//! Where a queue's messages rest: contiguous pages in sequence order, not one heap allocation each.
//!
//! A message is a record in a page; its [`Place`] stays valid until the message is settled. A page whose messages
//! are all settled is freed whole, so settling costs a counter and not a search.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;

use super::pages::{Page, PagePool};
use crate::message::Message;

/// Where a message lies: page number (counted from the queue's beginning) and byte offset in that page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// Number of the page, ever increasing within a queue.
    pub page: u32,
    /// Byte offset of the record in its page.
    pub offset: u32,
}

/// A message taken out for delivery: what is needed to settle it or to put it back.
#[derive(Debug, Clone, Copy)]
pub struct Taken {
    /// Position of the message in the order of the queue.
    pub sequence: u64,
    /// Where its bytes lie.
    pub place: Place,
    /// Whether it was delivered before (AMQP 0-9-1, `basic.deliver.redelivered`).
    pub redelivered: bool,
}

/// A message as it lies in a page.
#[derive(Debug, Clone)]
pub struct Stored<'a> {
    /// Name of the exchange it was published to.
    pub exchange: &'a [u8],
    /// Routing key it was published with.
    pub routing_key: &'a [u8],
    /// Property flags and list as AMQP encodes them.
    pub properties: &'a [u8],
    /// The body.
    pub body: StoredBody<'a>,
    /// Whether it must survive a restart.
    pub persistent: bool,
}

/// A stored body: small ones lie in the page, large ones are shared between the queues that hold them.
#[derive(Debug, Clone)]
pub enum StoredBody<'a> {
    /// Bytes in the page.
    Inline(&'a [u8]),
    /// A reference-counted body.
    Shared(&'a Bytes),
}

impl StoredBody<'_> {
    /// Length in bytes.
    pub fn len(&self) -> usize {
        match self {
            Self::Inline(bytes) => bytes.len(),
            Self::Shared(bytes) => bytes.len(),
        }
    }

    /// Whether the body has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The messages of one queue.
#[derive(Debug, Default)]
pub struct Messages {
    pages: VecDeque<Page>,
    /// Number of the page at the front of `pages`.
    first_page: u32,
    /// The next message that was never taken.
    cursor: Place,
    next_sequence: u64,
    cursor_sequence: u64,
    /// Messages put back, in their old order; each precedes everything at the cursor.
    returned: BTreeMap<u64, Place>,
    ready_bytes: u64,
    unsettled_bytes: u64,
    unsettled: u64,
}

impl Messages {
    /// How many messages can be taken.
    pub fn ready(&self) -> u64 {
        self.next_sequence - self.cursor_sequence + self.returned.len() as u64
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

    /// Memory that the pages hold, in bytes, without shared bodies.
    pub fn memory(&self) -> usize {
        self.pages.iter().map(Page::memory).sum()
    }

    /// The sequence number that the next message gets.
    pub fn next_sequence(&self) -> u64 {
        self.next_sequence
    }

    /// Adds a message at the end.
    pub fn push(&mut self, message: &Message<'_>, pool: &PagePool) -> u64 {
        self.append(message, pool);
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        self.ready_bytes += message.body.len() as u64;
        sequence
    }

    /// Adds a message that is delivered in the same moment, so that it is never ready.
    ///
    /// Only right while nothing is ready: the message would overtake.
    pub fn push_taken(&mut self, message: &Message<'_>, pool: &PagePool) -> Taken {
        debug_assert_eq!(self.ready(), 0, "a message must not overtake those that are ready");
        let place = self.append(message, pool);
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        self.cursor_sequence = self.next_sequence;
        self.cursor = self.end();
        self.unsettled += 1;
        self.unsettled_bytes += message.body.len() as u64;
        Taken { sequence, place, redelivered: false }
    }

    /// Counts a message that went through without being stored, so that sequence numbers tell every message.
    pub fn pass_by(&mut self) -> u64 {
        debug_assert_eq!(self.ready(), 0, "a message must not overtake those that are ready");
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        self.cursor_sequence = self.next_sequence;
        sequence
    }

    /// The message that would be taken next.
    pub fn peek(&self) -> Option<(Taken, Stored<'_>)> {
        if let Some((&sequence, &place)) = self.returned.first_key_value() {
            return Some((Taken { sequence, place, redelivered: true }, self.get(place)?));
        }
        if self.cursor_sequence == self.next_sequence {
            return None;
        }
        let place = self.settle_cursor();
        let taken = Taken { sequence: self.cursor_sequence, place, redelivered: false };
        Some((taken, self.get(place)?))
    }

    /// Takes the message that [`peek`](Self::peek) showed; it stays stored until settled or returned.
    pub fn take(&mut self, taken: &Taken) {
        let (record_len, body_len) = self.lengths(taken.place);
        if taken.redelivered {
            self.returned.remove(&taken.sequence);
        } else {
            self.cursor_sequence = taken.sequence + 1;
            self.cursor = Place { page: taken.place.page, offset: taken.place.offset + record_len };
        }
        self.ready_bytes = self.ready_bytes.saturating_sub(body_len);
        self.unsettled += 1;
        self.unsettled_bytes += body_len;
    }

    /// The bytes of a message that is not settled.
    pub fn get(&self, place: Place) -> Option<Stored<'_>> {
        self.page(place.page)?.read(place.offset)
    }

    /// Frees a message that was taken.
    pub fn settle(&mut self, place: Place, pool: &PagePool) {
        let (_, body_len) = self.lengths(place);
        self.unsettled = self.unsettled.saturating_sub(1);
        self.unsettled_bytes = self.unsettled_bytes.saturating_sub(body_len);
        self.release(place.page, pool);
    }

    /// Puts a message that was taken back to its old place in the order.
    pub fn put_back(&mut self, sequence: u64, place: Place) {
        let (_, body_len) = self.lengths(place);
        self.unsettled = self.unsettled.saturating_sub(1);
        self.unsettled_bytes = self.unsettled_bytes.saturating_sub(body_len);
        self.ready_bytes += body_len;
        self.returned.insert(sequence, place);
    }

    /// Drops all messages that are ready and tells how many there were.
    pub fn purge(&mut self, pool: &PagePool, mut dropped: impl FnMut(u64)) -> u64 {
        let count = self.ready();
        while let Some((taken, _)) = self.peek() {
            self.take(&taken);
            self.settle(taken.place, pool);
            dropped(taken.sequence);
        }
        count
    }

    fn append(&mut self, message: &Message<'_>, pool: &PagePool) -> Place {
        let size = Page::record_size(message);
        let full = self.pages.back().is_none_or(|page| !page.has_room(size));
        if full {
            if let Some(page) = self.pages.back_mut() {
                page.seal();
            }
            if self.pages.is_empty() {
                self.first_page = self.cursor.page.wrapping_add(1);
            }
            let grown = !self.pages.is_empty();
            self.pages.push_back(pool.take(size, grown));
        }
        let page = self.first_page.wrapping_add(self.pages.len() as u32 - 1);
        let offset = self.pages.back_mut().map_or(0, |back| back.push(message));
        if self.cursor_sequence == self.next_sequence {
            self.cursor = Place { page, offset };
        }
        Place { page, offset }
    }

    /// Where the next record will be written.
    fn end(&self) -> Place {
        let page = self.first_page.wrapping_add((self.pages.len() as u32).saturating_sub(1));
        Place { page, offset: self.pages.back().map_or(0, Page::len) }
    }

    /// The cursor, moved on to the next page where its page is read to the end.
    fn settle_cursor(&self) -> Place {
        let mut place = self.cursor;
        while self.page(place.page).is_none_or(|page| place.offset >= page.len())
            && place.page != self.end().page
        {
            place = Place { page: place.page.wrapping_add(1), offset: 0 };
        }
        place
    }

    fn page(&self, number: u32) -> Option<&Page> {
        self.pages.get(number.wrapping_sub(self.first_page) as usize)
    }

    fn lengths(&self, place: Place) -> (u32, u64) {
        self.page(place.page).and_then(|page| page.lengths(place.offset)).unwrap_or_default()
    }

    fn release(&mut self, number: u32, pool: &PagePool) {
        let index = number.wrapping_sub(self.first_page) as usize;
        if let Some(page) = self.pages.get_mut(index) {
            page.settle_one();
        }
        while self.pages.front().is_some_and(Page::is_done) {
            if let Some(page) = self.pages.pop_front() {
                pool.give(page);
                self.first_page = self.first_page.wrapping_add(1);
            }
        }
        if self.pages.len() == 1 && self.pages.front().is_some_and(Page::is_settled) {
            self.forget_pages(pool);
        } else if let Some(page) = self.pages.get_mut(number.wrapping_sub(self.first_page) as usize)
            && page.is_done()
        {
            page.drop_bytes();
        }
    }

    /// All messages are settled: gives the last page back, so that an idle queue holds none.
    fn forget_pages(&mut self, pool: &PagePool) {
        let end = self.end();
        while let Some(page) = self.pages.pop_front() {
            pool.give(page);
        }
        self.first_page = end.page.wrapping_add(1);
        self.cursor = Place { page: end.page, offset: 0 };
    }
}
