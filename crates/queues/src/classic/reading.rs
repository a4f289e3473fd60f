//! Where to read on: the message that would be taken next.

use std::ops::ControlFlow;

use crate::classic::messages::{Messages, Taken};
use crate::pages::held::{Held, Place};
use crate::pages::page_memory::PageMemory;
use warren_model::message::Stored;

impl Messages {
    /// The message that would be taken next. Its page is brought back from disk if need be.
    pub fn peek(&mut self, memory: &PageMemory) -> Option<(Taken, Stored<'_>)> {
        let (place, returned) = self.find_next(memory)?;
        let record = self.page(place.page)?.read(place.offset)?;
        let before = self.delivered_before.is_some_and(|until| record.sequence <= until);
        let held = Held {
            sequence: record.sequence,
            place,
            body_len: record.stored.body.len() as u32,
            persistent: record.stored.persistent,
        };
        let (redelivered, expires_at) = (returned || before, record.times.expires_at);
        Some((Taken { held, redelivered, expires_at, returned, size: record.size }, record.stored))
    }

    /// Place of the message that would be taken next, in a page that is resident, and whether it had been put back.
    fn find_next(&mut self, memory: &PageMemory) -> Option<(Place, bool)> {
        loop {
            let unread = if self.unread > 0 { self.find_unread(memory) } else { None };
            if self.returned.is_empty() {
                return unread.map(|(_, place)| (place, false));
            }
            let (_, held) = self.returned.first_key_value()?;
            let held = *held;
            if let Some((sequence, place)) = unread
                && sequence < held.sequence
            {
                return Some((place, false));
            }
            if self.make_resident(held.place.page, memory) && self.has_record(held.place) {
                return Some((held.place, true));
            }
            // It cannot be read, which was logged: the message is lost to this run.
            self.returned.remove(&held.sequence);
            self.ready_bytes = self.ready_bytes.saturating_sub(u64::from(held.body_len));
        }
    }

    fn has_record(&self, place: Place) -> bool {
        self.page(place.page).is_some_and(|page| page.read(place.offset).is_some())
    }

    /// Moves the cursor to the next record that is not settled. Returns its sequence number and place.
    fn find_unread(&mut self, memory: &PageMemory) -> Option<(u64, Place)> {
        loop {
            let (cursor, page) = (self.cursor, self.page(self.cursor.page));
            // A page without anything left to read need not be brought back.
            if page.is_none_or(|page| page.live == 0 || cursor.offset >= page.len()) {
            } else if self.make_resident(cursor.page, memory) {
                match self.page(cursor.page).and_then(|page| page.header(cursor.offset)) {
                    Some(header) if !header.is_settled() => return Some((header.sequence(), cursor)),
                    Some(header) => {
                        // A record has a length, whatever is in it: this comes to an end.
                        self.cursor.offset += (header.size() as u32).max(1);
                        continue;
                    }
                    None => {}
                }
            } else if let Some(page) = self.page(cursor.page) {
                // A page that cannot be read, which was logged: its messages are lost to this run.
                let (live, bytes) = (u64::from(page.live), page.persistent_bytes);
                self.unread = self.unread.saturating_sub(live);
                self.ready_bytes = self.ready_bytes.saturating_sub(bytes);
            }
            if self.skip_page().is_break() {
                self.unread = 0;
                if self.returned.is_empty() {
                    self.ready_bytes = 0;
                }
                return None;
            }
        }
    }

    /// The cursor's page is read to its end, freed, or cannot be read: goes on with the next one.
    fn skip_page(&mut self) -> ControlFlow<()> {
        let behind = self.first_page.wrapping_sub(self.cursor.page);
        if self.cursor.page == self.last_page() || self.pages.is_empty() {
            return ControlFlow::Break(());
        }
        // The pages up to the front may be freed already.
        let step = if behind > 0 && behind < u32::MAX / 2 { behind } else { 1 };
        self.cursor = Place { page: self.cursor.page.wrapping_add(step), offset: 0 };
        ControlFlow::Continue(())
    }
}
