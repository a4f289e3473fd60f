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

use crate::classic::messages::{Messages, segment};
use crate::pages::held::Place;
use crate::pages::page::{Page, Saved};
use crate::pages::page_memory::PageMemory;
use crate::pages::record::Times;
use crate::pages::snapshot::{INLINE, Input, put_page, restore_page};
use warren_model::message::Message;

impl Messages {
    /// Appends what a checkpoint must keep. Pages that are too large for it are moved to segments.
    ///
    /// # Errors
    /// If a segment cannot be written, in words.
    pub(crate) fn snapshot(&mut self, out: &mut Vec<u8>, memory: &PageMemory) -> Result<(), String> {
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
    pub(crate) fn restore(&mut self, input: &mut Input<'_>, memory: &PageMemory) -> Option<()> {
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
    pub(crate) fn restore_message(
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
    pub(crate) fn restore_settled(&mut self, first: u64, last: u64) {
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
    pub(crate) fn end_restore(&mut self, memory: &PageMemory) {
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
    pub(crate) fn segment_numbers(&self) -> HashSet<u64> {
        let numbered = self.pages.iter().enumerate();
        let saved = numbered.filter(|(_, page)| page.live > 0 && page.saved != Saved::No);
        saved.map(|(index, _)| self.segment(self.first_page.wrapping_add(index as u32))).collect()
    }

    /// Forgets a page whose segment is lost. Returns how many messages went with it.
    pub(crate) fn drop_segment(&mut self, segment: u64) -> u64 {
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
