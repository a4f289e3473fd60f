//! A stream as a checkpoint keeps it, and the way back.
//!
//! | bytes | content |
//! | --- | --- |
//! | 8 | the offset that comes next |
//! | 4 | number of segments, then for each: |
//! | 8, 8 | when its last message arrived, in milliseconds since 1970; length of its content |
//! | … | the segment as a page of any queue: see `queues/snapshot.rs` |
//!
//! All numbers are little-endian.

use bytes::Bytes;
use warren_model::message::{Stored, StoredBody};

use crate::pages::page::Page;
use crate::pages::page_memory::PageMemory;
use crate::pages::record::Times;
use crate::pages::snapshot::{INLINE, Input, put_page, restore_page};
use crate::stream::log::{Segment, StreamLog};
use warren_model::message::{Body, Message};

impl StreamLog {
    /// Appends what a checkpoint must keep. Segments that are too large for it are moved to disk.
    ///
    /// # Errors
    /// If one cannot be, in words.
    pub(crate) fn snapshot(&mut self, out: &mut Vec<u8>, memory: &PageMemory) -> Result<(), String> {
        if self.segments.back().is_some_and(|last| last.page.weight() > INLINE) {
            self.seal_last(memory);
        }
        out.extend_from_slice(&self.next_offset.to_le_bytes());
        let kept = self.segments.iter().filter(|segment| segment.page.live > 0).count() as u32;
        out.extend_from_slice(&kept.to_le_bytes());
        for (index, segment) in self.segments.iter_mut().enumerate() {
            if segment.page.live == 0 {
                continue;
            }
            out.extend_from_slice(&segment.last_at.to_le_bytes());
            out.extend_from_slice(&segment.weight.to_le_bytes());
            let number = self.first.wrapping_add(index as u32);
            put_page(out, self.queue, u64::from(number), &mut segment.page, memory)?;
        }
        Ok(())
    }

    /// Takes back what [`snapshot`](Self::snapshot) wrote, or what the first version did, which knew no streams: what
    /// was declared as one was a queue like any other. Call it once, on an empty stream.
    pub(crate) fn restore(&mut self, input: &mut Input<'_>, version: u16, memory: &PageMemory) -> Option<()> {
        let as_queue = version < 2;
        self.next_offset = input.u64()?;
        if as_queue {
            let _delivered = input.u64()?;
        }
        for _ in 0..input.u32()? {
            let (last_at, weight) = if as_queue { (0, None) } else { (input.u64()?, Some(input.u64()?)) };
            let number = input.u32()?;
            let page = restore_page(input)?;
            let weight = weight.unwrap_or_else(|| u64::from(page.len()));
            memory.adopt(&page);
            if self.segments.is_empty() {
                self.first = number;
            }
            let gap = number.wrapping_sub(self.first.wrapping_add(self.segments.len() as u32));
            if gap > u32::MAX / 2 {
                return None;
            }
            for _ in 0..gap {
                let (sequences, last_at) =
                    self.segments.back().map_or(((0, 0), 0), |s| (s.page.sequences, s.last_at));
                self.segments.push_back(Segment { page: Page::done(sequences), last_at, weight: 0 });
            }
            if page.is_resident() {
                self.resident.push_back(number);
            }
            self.messages += u64::from(page.live);
            self.bytes += page.persistent_bytes;
            self.weight += weight;
            self.segments.push_back(Segment { page, last_at, weight });
        }
        Some(())
    }

    /// Adds a message that the log brings back.
    pub(crate) fn restore_message(
        &mut self,
        message: &Message<'_>,
        offset: u64,
        at: u64,
        memory: &PageMemory,
    ) {
        if offset >= self.next_offset {
            self.append(message, offset, at, memory);
            self.next_offset = offset + 1;
        } else if let Some(number) = self.segment_behind(offset) {
            self.insert(number, message, offset, at, memory);
        }
    }

    /// Number of the first segment that has a later message.
    fn segment_behind(&self, offset: u64) -> Option<u32> {
        let index = self.segments.partition_point(|segment| segment.page.sequences.1 < offset);
        (index < self.segments.len()).then(|| self.first.wrapping_add(index as u32))
    }

    /// Puts a message that comes back very late to its place: the segment is made anew.
    fn insert(&mut self, number: u32, message: &Message<'_>, offset: u64, at: u64, memory: &PageMemory) {
        if !self.make_resident(number, memory) {
            return;
        }
        let (queue, times) = (self.queue, Times { expires_at: 0, arrived_at: at });
        let Some(segment) = self.segment_mut(number) else { return };
        let mut page =
            memory.open_page(segment.weight as usize + Page::record_size(message, times), 1, false);
        let (mut position, mut put) = (0, false);
        while let Some(record) = segment.page.read(position) {
            if !put && record.sequence > offset {
                page.push(&Message { persistent: true, ..message.clone() }, offset, times);
                put = true;
            }
            page.push(&message_of(&record.stored), record.sequence, record.times);
            position += record.size;
        }
        for settled in segment.page.settled() {
            page.settle_unseen(settled, settled);
        }
        page.sealed = segment.page.sealed;
        if page.sealed {
            memory.adopt(&page);
        }
        memory.close_page(queue, u64::from(number), &mut segment.page);
        let (weight, before) = (page.weight() as u64, segment.weight);
        let (bytes, bytes_before) = (page.persistent_bytes, segment.page.persistent_bytes);
        segment.weight = weight;
        segment.page = page;
        self.messages += 1;
        self.weight = (self.weight + weight).saturating_sub(before);
        self.bytes = (self.bytes + bytes).saturating_sub(bytes_before);
    }

    /// Takes messages out that are there, as the log says that they went.
    pub(crate) fn restore_settled(&mut self, first: u64, last: u64) {
        let start = self.segments.partition_point(|segment| segment.page.sequences.1 < first);
        for segment in self.segments.iter_mut().skip(start) {
            if segment.page.sequences.0 > last {
                break;
            }
            if segment.page.live > 0 {
                let (count, bytes) = segment.page.settle_unseen(first, last);
                self.messages -= count;
                self.bytes = self.bytes.saturating_sub(bytes);
            }
        }
    }

    /// Looks at what went, and frees the segments of which nothing is left, once everything is restored.
    pub(crate) fn end_restore(&mut self, used_until: u64, memory: &PageMemory) {
        self.next_offset = self.next_offset.max(used_until);
        (self.messages, self.bytes) = (0, 0);
        for segment in &mut self.segments {
            if segment.page.is_resident() && segment.page.has_settled() {
                segment.page.recount();
            }
            self.messages += u64::from(segment.page.live);
            self.bytes += segment.page.persistent_bytes;
        }
        while self.segments.front().is_some_and(|front| front.page.live == 0) {
            self.drop_front(memory);
        }
        let last = self.segments.len().saturating_sub(1);
        let (queue, first) = (self.queue, self.first);
        for (index, segment) in self.segments.iter_mut().enumerate().filter(|(index, _)| *index != last) {
            if segment.page.is_done() {
                memory.close_page(queue, u64::from(first.wrapping_add(index as u32)), &mut segment.page);
            }
        }
    }

    /// Forgets a segment that is lost. Returns how many messages went with it.
    pub(crate) fn drop_segment(&mut self, segment: u64) -> u64 {
        let Ok(number) = u32::try_from(segment) else { return 0 };
        let Some(segment) = self.segment_mut(number).filter(|segment| !segment.page.is_resident()) else {
            return 0;
        };
        let (live, bytes, weight) =
            (u64::from(segment.page.live), segment.page.persistent_bytes, segment.weight);
        segment.page = Page::done(segment.page.sequences);
        segment.weight = 0;
        self.messages -= live;
        self.bytes = self.bytes.saturating_sub(bytes);
        self.weight = self.weight.saturating_sub(weight);
        live
    }
}

fn message_of<'a>(stored: &Stored<'a>) -> Message<'a> {
    Message {
        // Names came as text.
        exchange: std::str::from_utf8(stored.exchange).unwrap_or_default(),
        routing_key: std::str::from_utf8(stored.routing_key).unwrap_or_default(),
        properties: stored.properties,
        body: match &stored.body {
            StoredBody::Inline(bytes) => Body::Inline(bytes),
            StoredBody::Shared(bytes) => Body::Shared(Bytes::clone(bytes)),
        },
        frames: &[],
        persistent: true,
        mandatory: false,
        annotated: stored.annotated,
    }
}
