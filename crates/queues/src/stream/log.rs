//! The messages of a stream: segments in the order of their arrival, to which is only added, and which go only whole and
//! from the front.
//!
//! A segment is a [`Page`] of records; the sequence number of a record is the message's offset in the stream. Full
//! segments leave memory when it runs short, and come back when somebody reads them, so that neither a long stream nor
//! many readers of it cost memory for each message.

use std::collections::VecDeque;

use crate::pages::held::{Held, Place};
use crate::pages::page::{Page, Saved};
use crate::pages::page_memory::PageMemory;
use crate::pages::record::{Record, Times};
use crate::stream::retention::Limits;
use warren_model::message::Message;

/// Full segments that a stream keeps in memory even when memory is short.
const KEPT: usize = 4;
/// The smallest size at which a segment is full, whatever was asked for (bytes).
const SMALLEST_SEGMENT: u64 = 1024;

/// A part of a stream.
#[derive(Debug, Default)]
pub(crate) struct Segment {
    pub(crate) page: Page,
    /// When its last message arrived, in milliseconds since 1970; never less than in the segment before.
    pub(crate) last_at: u64,
    /// Length of its content in bytes, in memory or not.
    pub(crate) weight: u64,
}

impl Segment {
    fn of(page: Page) -> Self {
        Self { page, ..Self::default() }
    }
}

/// Where somebody reads.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cursor {
    /// Messages before this offset are not wanted.
    pub(crate) offset: u64,
    /// Where to look on. Its segment may be gone: then the first one comes next.
    place: Place,
}

/// See the module's description.
#[derive(Debug)]
pub(crate) struct StreamLog {
    /// Number of the queue: its segments are named by it.
    pub(crate) queue: u64,
    pub(crate) segments: VecDeque<Segment>,
    /// Number of the segment at the front of `segments`.
    pub(crate) first: u32,
    /// The offset of the message that comes next.
    pub(crate) next_offset: u64,
    pub(crate) messages: u64,
    /// Body bytes of all messages.
    pub(crate) bytes: u64,
    /// Length of all segments in bytes.
    pub(crate) weight: u64,
    /// Full segments in memory, those that came there first at the front.
    pub(crate) resident: VecDeque<u32>,
    pub(crate) limits: Limits,
}

impl StreamLog {
    /// An empty stream of queue number `queue`.
    pub(crate) fn new(queue: u64, limits: Limits) -> Self {
        Self {
            queue,
            segments: VecDeque::new(),
            first: 0,
            next_offset: 0,
            messages: 0,
            bytes: 0,
            weight: 0,
            resident: VecDeque::new(),
            limits,
        }
    }

    /// Memory that the segments hold, in bytes.
    pub(crate) fn memory(&self) -> usize {
        self.segments.iter().map(|segment| segment.page.memory()).sum()
    }

    /// Adds a message that arrives `now`. Returns its offset, and whether a segment became full.
    pub(crate) fn push(&mut self, message: &Message<'_>, now: u64, memory: &PageMemory) -> (u64, bool) {
        let offset = self.next_offset;
        self.next_offset += 1;
        (offset, self.append(message, offset, now, memory))
    }

    pub(crate) fn append(
        &mut self,
        message: &Message<'_>,
        offset: u64,
        at: u64,
        memory: &PageMemory,
    ) -> bool {
        // Whatever its publisher asked for: what is in a stream stays.
        let message = Message { persistent: true, ..message.clone() };
        let times = Times { expires_at: 0, arrived_at: at };
        let size = Page::record_size(&message, times);
        let full = self.segments.back().is_none_or(|last| !self.has_room(last, size + message.body.len()));
        let last_at = self.segments.back().map_or(0, |last| last.last_at);
        if full {
            self.seal_last(memory);
            let grown = usize::from(!self.segments.is_empty());
            self.segments.push_back(Segment::of(memory.open_page(size, grown, false)));
        }
        if let Some(last) = self.segments.back_mut() {
            last.page.push(&message, offset, times);
            last.last_at = last_at.max(at);
            let weight = last.page.weight() as u64;
            self.weight += weight - last.weight;
            last.weight = weight;
        }
        self.messages += 1;
        self.bytes += message.body.len() as u64;
        full
    }

    fn has_room(&self, last: &Segment, size: usize) -> bool {
        let limit = self.limits.segment_bytes.map_or(u64::MAX, |limit| limit.max(SMALLEST_SEGMENT));
        last.page.has_room(size) && (last.weight == 0 || last.weight + size as u64 <= limit)
    }

    /// Nothing more comes into the last segment.
    pub(crate) fn seal_last(&mut self, memory: &PageMemory) {
        let number = self.last_number();
        let Some(last) = self.segments.back_mut().filter(|last| !last.page.sealed) else { return };
        memory.seal(&mut last.page);
        self.resident.push_back(number);
        self.relieve(memory);
    }

    /// Moves full segments out of memory as long as it is short, but for a few.
    pub(crate) fn relieve(&mut self, memory: &PageMemory) {
        while self.resident.len() > KEPT && memory.is_short() {
            let Some(number) = self.resident.pop_front() else { return };
            let queue = self.queue;
            let Some(segment) = self.segment_mut(number) else { continue };
            memory.evict(queue, u64::from(number), &mut segment.page);
            if segment.page.is_resident() {
                // It cannot be written now, which was logged.
                return self.resident.push_front(number);
            }
        }
    }

    /// The offset of the first message, or of the one that comes next.
    pub(crate) fn first_offset(&self) -> u64 {
        let first = self.segments.iter().find(|segment| segment.page.live > 0);
        first.map_or(self.next_offset, |segment| segment.page.sequences.0)
    }

    /// The offset of the last message before `until`, or of the first one that comes.
    pub(crate) fn last_offset(&self, until: u64) -> u64 {
        let last = self.segments.iter().rev().find(|segment| segment.page.live > 0);
        let last = last.map_or(self.next_offset, |segment| segment.page.sequences.1);
        last.min(until.saturating_sub(1)).max(self.first_offset())
    }

    /// A cursor before the first message at or behind `offset`.
    pub(crate) fn seek(&self, offset: u64) -> Cursor {
        let index = self.segments.partition_point(|segment| segment.page.sequences.1 < offset);
        // What comes may still go into the last segment.
        let place = match self.segments.back().filter(|_| index == self.segments.len()) {
            Some(last) => Place { page: self.last_number(), offset: last.page.len() },
            None => Place { page: self.number(index), offset: 0 },
        };
        Cursor { offset, place }
    }

    /// A cursor before the first message that arrived at or after `at` (milliseconds since 1970).
    pub(crate) fn seek_time(&mut self, at: u64, memory: &PageMemory) -> Cursor {
        let index = self.segments.partition_point(|segment| segment.last_at < at);
        let number = self.number(index);
        let Some(segment) = self.segments.get(index) else { return self.seek(self.next_offset) };
        let place = Place { page: number, offset: 0 };
        let mut cursor = Cursor { offset: segment.page.sequences.0, place };
        self.make_resident(number, memory);
        while let Some(record) = self.record(&cursor) {
            if record.times.arrived_at >= at {
                break;
            }
            let (sequence, size) = (record.sequence, record.size);
            cursor.pass(sequence, size);
        }
        cursor
    }

    /// Moves to the next message before offset `until`, in a segment that is in memory. `false` if there is none.
    pub(crate) fn advance(&mut self, cursor: &mut Cursor, until: u64, memory: &PageMemory) -> bool {
        while cursor.offset < until {
            let at = cursor.place.page.wrapping_sub(self.first) as usize;
            let Some(segment) = self.segments.get(at) else {
                if self.segments.is_empty() {
                    return false;
                }
                cursor.place = Place { page: self.first, offset: 0 };
                continue;
            };
            // A segment that is read to its end, or of which nothing is wanted, need not be in memory.
            let page = &segment.page;
            let over =
                cursor.place.offset >= page.len() || page.live == 0 || page.sequences.1 < cursor.offset;
            if !over && self.make_resident(cursor.place.page, memory) {
                while let Some(record) = self.record(cursor) {
                    if !record.settled && record.sequence >= cursor.offset {
                        return record.sequence < until;
                    }
                    let size = record.size;
                    cursor.pass_over(size);
                }
            }
            if at + 1 == self.segments.len() {
                return false;
            }
            cursor.place = Place { page: cursor.place.page.wrapping_add(1), offset: 0 };
        }
        false
    }

    /// The record at a cursor; `None` at the end of its segment.
    pub(crate) fn record(&self, cursor: &Cursor) -> Option<Record<'_>> {
        let at = cursor.place.page.wrapping_sub(self.first) as usize;
        self.segments.get(at)?.page.read(cursor.place.offset)
    }

    /// Takes out messages that will not become durable: nobody has seen them, and nobody will.
    pub(crate) fn discard(&mut self, first: u64, last: u64, memory: &PageMemory) {
        let mut cursor = self.seek(first);
        while self.advance(&mut cursor, last.saturating_add(1), memory) {
            let Some(record) = self.record(&cursor) else { return };
            let (sequence, size) = (record.sequence, record.size);
            let body_len = record.stored.body.len() as u32;
            let held = Held { sequence, place: cursor.place, body_len, persistent: true };
            if let Some(segment) = self.segment_mut(cursor.place.page) {
                segment.page.settle(std::slice::from_ref(&held));
                self.messages -= 1;
                self.bytes = self.bytes.saturating_sub(u64::from(body_len));
            }
            cursor.pass(sequence, size);
        }
    }

    /// From now on the stream is kept within other limits.
    pub(crate) fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Drops segments from the front that are more or older than the limits allow; the last one always stays. Returns
    /// the offsets of the first and the last message that went.
    pub(crate) fn retain(&mut self, now: u64, memory: &PageMemory) -> Option<(u64, u64)> {
        let mut dropped: Option<(u64, u64)> = None;
        while self.segments.len() > 1
            && let Some(front) = self.segments.front()
            && self.limits.exceeded(self.weight, front.last_at, now)
        {
            let (first, last) = front.page.sequences;
            let front_first = dropped.map_or(first, |(first, _)| first);
            dropped = Some((front_first, last));
            self.drop_front(memory);
        }
        dropped
    }

    /// When the limits will be exceeded if nothing arrives any more, in milliseconds since 1970.
    pub(crate) fn exceeded_at(&self) -> Option<u64> {
        let front = self.segments.front().filter(|_| self.segments.len() > 1)?;
        Some(front.last_at.saturating_add(self.limits.max_age?).saturating_add(1))
    }

    /// Gives all segments back: the stream is deleted.
    pub(crate) fn clear(&mut self, memory: &PageMemory) {
        while !self.segments.is_empty() {
            self.drop_front(memory);
        }
    }

    pub(crate) fn drop_front(&mut self, memory: &PageMemory) {
        let Some(mut front) = self.segments.pop_front() else { return };
        self.messages -= u64::from(front.page.live);
        self.bytes = self.bytes.saturating_sub(front.page.persistent_bytes);
        self.weight = self.weight.saturating_sub(front.weight);
        memory.close_page(self.queue, u64::from(self.first), &mut front.page);
        let first = self.first;
        self.resident.retain(|number| *number != first);
        self.first = self.first.wrapping_add(1);
    }

    pub(crate) fn segment_mut(&mut self, number: u32) -> Option<&mut Segment> {
        self.segments.get_mut(number.wrapping_sub(self.first) as usize)
    }

    /// Number of the segment at an index, or of the one that comes behind the last.
    fn number(&self, index: usize) -> u32 {
        self.first.wrapping_add(index as u32)
    }

    pub(crate) fn last_number(&self) -> u32 {
        self.number(self.segments.len()).wrapping_sub(1)
    }

    pub(crate) fn make_resident(&mut self, number: u32, memory: &PageMemory) -> bool {
        let queue = self.queue;
        let Some(segment) = self.segment_mut(number) else { return false };
        if segment.page.is_resident() {
            return true;
        }
        let page = &mut segment.page;
        let Some(live_bytes) = memory.load(queue, u64::from(number), page) else { return false };
        if std::mem::take(&mut page.guessed) {
            // How many bytes the log says are gone was a guess.
            let counted = std::mem::replace(&mut page.persistent_bytes, live_bytes);
            self.bytes = (self.bytes + live_bytes).saturating_sub(counted);
        }
        self.resident.push_back(number);
        self.relieve(memory);
        true
    }

    /// Numbers of the segments that are kept on disk.
    pub(crate) fn saved(&self) -> impl Iterator<Item = u64> {
        let numbered = (0..).map(|index| self.number(index)).zip(&self.segments);
        let kept = numbered.filter(|(_, segment)| segment.page.live > 0 && segment.page.saved != Saved::No);
        kept.map(|(number, _)| u64::from(number))
    }
}

impl Cursor {
    /// Where it stands.
    pub(crate) fn place(&self) -> Place {
        self.place
    }

    /// Goes behind a record that was looked at.
    pub(crate) fn pass(&mut self, sequence: u64, size: u32) {
        self.offset = self.offset.max(sequence.saturating_add(1));
        self.pass_over(size);
    }

    /// Goes behind a record that does not count.
    pub(crate) fn pass_over(&mut self, size: u32) {
        self.place.offset += size;
    }
}
