//! The messages of a queue as a checkpoint keeps them, and the way back.
//!
//! | bytes | content |
//! | --- | --- |
//! | 8, 8 | next sequence number; highest delivered one plus one, or 0 |
//! | 4 | number of pages, then for each: |
//! | 4, 4, 4, 8 | page number, length of its records, messages in it, bytes of their bodies |
//! | 8, 8 | lowest and highest sequence number |
//! | 4, 8 × n | number of settled ones, and their sequence numbers |
//! | 4, n | length of the content that follows here, or 0xFFFFFFFF where it is in the segment of that number |
//!
//! All numbers are little-endian. Only what must survive a restart counts.

use std::collections::HashSet;

use super::messages::{Messages, Place, segment};
use super::page_memory::PageMemory;
use super::pages::{Page, Saved};
use super::record::Times;
use warren_model::message::Message;

/// A page up to this length goes into the checkpoint itself, so that many small queues do not make many files (bytes).
pub(super) const INLINE: usize = 16 * 1024;
const IN_SEGMENT: u32 = u32::MAX;

impl Messages {
    /// Appends what a checkpoint must keep. Pages that are too large for it are moved to segments.
    ///
    /// # Errors
    /// If a segment cannot be written, in words.
    pub(super) fn snapshot(&mut self, out: &mut Vec<u8>, memory: &PageMemory) -> Result<(), String> {
        out.extend_from_slice(&self.next_sequence.to_le_bytes());
        out.extend_from_slice(&self.delivered.map_or(0, |delivered| delivered + 1).to_le_bytes());
        if self.pages.back().is_some_and(|last| last.weight() > INLINE) {
            self.seal_last(memory);
        }
        let count_at = out.len();
        out.extend_from_slice(&[0; 4]);
        let mut count = 0u32;
        let (queue, level, first) = (self.queue, self.level, self.first_page);
        for (index, page) in self.pages.iter_mut().enumerate() {
            if page.live_persistent == 0 {
                continue;
            }
            let number = first.wrapping_add(index as u32);
            put_page(out, queue, segment(level, number), page, memory)?;
            count += 1;
        }
        if let Some(place) = out.get_mut(count_at..count_at + 4) {
            place.copy_from_slice(&count.to_le_bytes());
        }
        Ok(())
    }

    /// Takes back what [`snapshot`](Self::snapshot) wrote. Call it once, on a queue without messages.
    pub(super) fn restore(&mut self, input: &mut Input<'_>, memory: &PageMemory) -> Option<()> {
        self.next_sequence = input.u64()?;
        self.delivered = input.u64()?.checked_sub(1);
        self.delivered_before = self.delivered;
        for _ in 0..input.u32()? {
            let number = input.u32()?;
            let page = restore_page(input)?;
            memory.adopt(&page);
            if self.pages.is_empty() {
                self.first_page = number;
                self.cursor = Place { page: number, offset: 0 };
            }
            let gap = number.wrapping_sub(self.first_page.wrapping_add(self.pages.len() as u32));
            if gap > u32::MAX / 2 {
                return None;
            }
            let before = self.pages.back().map_or((0, 0), |page| page.sequences);
            self.pages.extend((0..gap).map(|_| Page::done(before)));
            self.unread += u64::from(page.live);
            self.ready_bytes += page.persistent_bytes;
            self.pages.push_back(page);
        }
        Some(())
    }

    /// Adds a message that the log brings back.
    pub(super) fn restore_message(
        &mut self,
        message: &Message<'_>,
        sequence: u64,
        times: Times,
        memory: &PageMemory,
    ) {
        // The numbers in a page leave no room for those of other pages.
        let late = sequence < self.next_sequence;
        if late {
            self.seal_last(memory);
        }
        let place = self.append(message, sequence, times, memory);
        if late {
            self.seal_last(memory);
            self.disordered = true;
        }
        if self.unread == 0 {
            self.cursor = place;
        }
        self.unread += 1;
        self.ready_bytes += message.body.len() as u64;
        self.next_sequence = self.next_sequence.max(sequence + 1);
    }

    /// Settles messages that are ready, as the log says that they were.
    pub(super) fn restore_settled(&mut self, first: u64, last: u64) {
        // Numbers grow from page to page.
        let start = match self.disordered {
            true => 0,
            false => self.pages.partition_point(|page| page.sequences.1 < first),
        };
        for page in self.pages.iter_mut().skip(start) {
            if page.sequences.0 > last && !self.disordered {
                break;
            }
            if page.live > 0 {
                let (count, bytes) = page.settle_unseen(first, last);
                self.unread = self.unread.saturating_sub(count);
                self.ready_bytes = self.ready_bytes.saturating_sub(bytes);
            }
        }
    }

    /// Looks at what was settled, and frees the pages of which nothing is left, once everything is restored.
    pub(super) fn end_restore(&mut self, memory: &PageMemory) {
        let (queue, level, first) = (self.queue, self.level, self.first_page);
        (self.unread, self.ready_bytes) = (0, 0);
        for (index, page) in self.pages.iter_mut().enumerate() {
            if page.is_resident() && page.has_settled() {
                page.recount();
            }
            if page.is_done() {
                memory.close_page(queue, segment(level, first.wrapping_add(index as u32)), page);
            }
            self.unread += u64::from(page.live);
            self.ready_bytes += page.persistent_bytes;
        }
        if self.unread == 0 {
            for (index, page) in self.pages.iter_mut().enumerate() {
                memory.close_page(queue, segment(level, first.wrapping_add(index as u32)), page);
            }
            self.first_page = first.wrapping_add(self.pages.len() as u32);
            self.pages.clear();
        }
        self.cursor = Place { page: self.first_page, offset: 0 };
    }

    /// Numbers of the segments that messages are in.
    pub(super) fn segment_numbers(&self) -> HashSet<u64> {
        let numbered = self.pages.iter().enumerate();
        let saved = numbered.filter(|(_, page)| page.live > 0 && page.saved != Saved::No);
        saved.map(|(index, _)| self.segment(self.first_page.wrapping_add(index as u32))).collect()
    }

    /// Forgets a page whose segment is lost. Returns how many messages went with it.
    pub(super) fn drop_segment(&mut self, segment: u64) -> u64 {
        let number = segment as u32;
        if self.segment(number) != segment {
            return 0;
        }
        let Some(page) = self.page_mut(number).filter(|page| !page.is_resident()) else { return 0 };
        let (live, bytes) = (u64::from(page.live), page.persistent_bytes);
        *page = Page::done(page.sequences);
        self.unread = self.unread.saturating_sub(live);
        self.ready_bytes = self.ready_bytes.saturating_sub(bytes);
        live
    }
}

/// Reads one page.
pub(super) fn restore_page(input: &mut Input<'_>) -> Option<Page> {
    let (len, live, bytes) = (input.u32()?, input.u32()?, input.u64()?);
    let sequences = (input.u64()?, input.u64()?);
    let settled: Option<_> = (0..input.u32()?).map(|_| input.u64()).collect();
    let content_len = input.u32()?;
    let mut page = Page::restored(len, live, bytes, sequences, settled?);
    if content_len != IN_SEGMENT {
        page.saved = Saved::No;
        page.load_inline(input.take(content_len as usize)?.to_vec());
    }
    Some(page)
}

/// Appends one page; one that is too large for the checkpoint is moved to its segment.
pub(super) fn put_page(
    out: &mut Vec<u8>,
    queue: u64,
    segment: u64,
    page: &mut Page,
    memory: &PageMemory,
) -> Result<(), String> {
    let inline = page.is_resident() && page.saved == Saved::No && page.weight() <= INLINE;
    if !inline && !memory.save(queue, segment, page) {
        return Err(format!("segment {segment} of queue {queue} cannot be moved to disk"));
    }
    // The level, which is in the other half, is known from where the page stands.
    let number = segment as u32;
    for word in [number, page.len(), page.live_persistent] {
        out.extend_from_slice(&word.to_le_bytes());
    }
    out.extend_from_slice(&page.persistent_bytes.to_le_bytes());
    out.extend_from_slice(&page.sequences.0.to_le_bytes());
    out.extend_from_slice(&page.sequences.1.to_le_bytes());
    let settled = page.settled();
    out.extend_from_slice(&(settled.len() as u32).to_le_bytes());
    settled.iter().for_each(|sequence| out.extend_from_slice(&sequence.to_le_bytes()));
    if inline {
        let content = page.content();
        out.extend_from_slice(&(content.len() as u32).to_le_bytes());
        out.extend_from_slice(&content);
    } else {
        // From now on the segment must stay until the checkpoint after this one.
        page.saved = Saved::Referenced;
        out.extend_from_slice(&IN_SEGMENT.to_le_bytes());
    }
    Ok(())
}

/// Bytes that are read from their front.
pub struct Input<'a>(pub &'a [u8]);

impl<'a> Input<'a> {
    /// The next `count` bytes.
    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (front, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(front)
    }

    /// The next number.
    pub fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    /// The next number.
    pub fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }
}
