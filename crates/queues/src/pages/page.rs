//! Pages: runs of message records in one buffer, and what happens to them as a whole.

use std::borrow::Cow;
use std::collections::BTreeSet;

use bytes::Bytes;

use crate::pages::held::Held;
use crate::pages::record::{HEADER, Header, Record, Times, write};
use crate::pages::rows::{RecordRow, write_row};
use warren_model::message::{Body, Message};

/// Size at which a page is full (bytes); a single larger message makes a page of its own.
pub(crate) const PAGE_SIZE: usize = 256 * 1024;
/// The same in long queues. A file is made for each page that leaves memory, which costs more than to write it.
const LONG_PAGE_SIZE: usize = 1024 * 1024;
/// The same in very long ones.
const LONGEST_PAGE_SIZE: usize = 2 * 1024 * 1024;

/// Size at which the next page of a queue is full that has so many pages already: what a queue keeps in memory while it is read is
/// a small part of what it holds.
pub(crate) fn page_size(pages: usize) -> usize {
    match pages {
        0..64 => PAGE_SIZE,
        64..128 => LONG_PAGE_SIZE,
        _ => LONGEST_PAGE_SIZE,
    }
}

/// Where the bytes of a page are kept besides memory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Saved {
    /// Nowhere.
    #[default]
    No,
    /// In a segment that no checkpoint refers to.
    Written,
    /// In a segment that the last checkpoint refers to: it must stay until the next one.
    Referenced,
}

/// A run of message records.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// The records; empty when they are only in the segment.
    bytes: Vec<u8>,
    shared: Vec<Bytes>,
    /// Bytes of the bodies in `shared`.
    shared_len: usize,
    resident: bool,
    /// Size at which it is full, in bytes.
    pub(crate) full: usize,
    /// Length of all records, whether resident or not.
    len: u32,
    /// Where its last record begins.
    last_at: u32,
    /// Messages that are not settled.
    pub(crate) live: u32,
    /// Those of them that must survive a restart.
    pub(crate) live_persistent: u32,
    /// Body bytes of those.
    pub(crate) persistent_bytes: u64,
    /// Lowest and highest sequence number in it.
    pub(crate) sequences: (u64, u64),
    pub(crate) sealed: bool,
    pub(crate) saved: Saved,
    /// It comes from before the last restart: what was not to survive that counts as settled.
    pub(crate) restored: bool,
    /// Messages were settled of which nobody knows how long they are.
    pub(crate) guessed: bool,
    /// Sequence numbers that were settled without looking at the bytes.
    settled: BTreeSet<u64>,
}

impl Page {
    /// An empty page that writes to `bytes` and is full at `full` bytes.
    pub(crate) fn new(bytes: Vec<u8>, full: usize) -> Self {
        Self { bytes, full, resident: true, sequences: (u64::MAX, 0), ..Self::default() }
    }

    /// A page whose bytes are in a segment.
    pub(crate) fn restored(
        len: u32,
        live: u32,
        bytes: u64,
        sequences: (u64, u64),
        settled: BTreeSet<u64>,
    ) -> Self {
        Self {
            len,
            live,
            live_persistent: live,
            persistent_bytes: bytes,
            sequences,
            sealed: true,
            saved: Saved::Referenced,
            restored: true,
            guessed: true,
            settled,
            ..Self::default()
        }
    }

    /// A page of which nothing is left. `sequences` keeps the numbers of the pages in order.
    pub(crate) fn done(sequences: (u64, u64)) -> Self {
        Self { sealed: true, sequences, ..Self::default() }
    }

    /// Bytes that `message` takes in a page.
    pub(crate) fn record_size(message: &Message<'_>, times: Times) -> usize {
        let body = match &message.body {
            Body::Inline(bytes) => bytes.len(),
            Body::Shared(_) => 4,
        };
        HEADER
            + times.len()
            + message.exchange.len()
            + message.routing_key.len()
            + message.properties.len()
            + body
    }

    /// Whether a record of `size` bytes still goes into this page.
    pub(crate) fn has_room(&self, size: usize) -> bool {
        !self.sealed && (self.len == 0 || self.len as usize + self.shared_len + size <= self.full)
    }

    /// Length of its content in bytes: records and large bodies.
    pub(crate) fn weight(&self) -> usize {
        self.len as usize + self.shared_len
    }

    /// Length of its records in bytes.
    pub(crate) fn len(&self) -> u32 {
        self.len
    }

    /// Whether its records are in memory.
    pub(crate) fn is_resident(&self) -> bool {
        self.resident
    }

    /// Heap bytes that it holds.
    pub(crate) fn memory(&self) -> usize {
        self.bytes.capacity() + self.shared_len
    }

    /// Those of them that are large bodies.
    pub(crate) fn bodies(&self) -> usize {
        self.shared_len
    }

    /// Appends a record and returns its offset.
    pub(crate) fn push(&mut self, message: &Message<'_>, sequence: u64, times: Times) -> u32 {
        write(&mut self.bytes, &mut self.shared, message, sequence, times);
        if let Body::Shared(body) = &message.body {
            self.shared_len += body.len();
        }
        self.count(message, sequence, 1)
    }

    /// Appends messages that continue the row of `before`, the one of the last record, as far as there is room. Returns how many.
    #[inline]
    pub(crate) fn push_row(
        &mut self,
        before: &Message<'_>,
        row: &[Message<'_>],
        times: Times,
        sequence: u64,
    ) -> usize {
        if row.is_empty() || self.sealed {
            return 0;
        }
        let room = self.full.saturating_sub(self.weight()) / Self::record_size(before, times);
        let row = row.get(..room).unwrap_or(row);
        if row.is_empty() || !write_row(&mut self.bytes, self.last_at as usize, row, sequence) {
            return 0;
        }
        self.count(before, sequence, row.len() as u32);
        row.len()
    }

    /// Counts messages like this one whose records were appended, with numbers from `first` on. Returns the first record's offset.
    #[inline]
    fn count(&mut self, message: &Message<'_>, first: u64, records: u32) -> u32 {
        let offset = std::mem::replace(&mut self.len, self.bytes.len() as u32);
        self.last_at = self.len - (self.len - offset) / records.max(1);
        self.live += records;
        if message.persistent {
            self.live_persistent += records;
            self.persistent_bytes += u64::from(records) * message.body.len() as u64;
        }
        let last = first + u64::from(records.saturating_sub(1));
        self.sequences = (self.sequences.0.min(first), self.sequences.1.max(last));
        offset
    }

    /// The record at `offset`; `None` if there is none or the page is not resident.
    pub(crate) fn read(&self, offset: u32) -> Option<Record<'_>> {
        Record::read(&self.bytes, &self.shared, offset as usize)
    }

    /// The rest of the row behind a message of the page; see [`RecordRow::behind`].
    #[inline]
    pub(crate) fn row_behind(&self, first: &Held, most: u64) -> Option<RecordRow<'_>> {
        RecordRow::behind(&self.bytes, first, most)
    }

    /// The fixed part of the record at `offset`; `None` if there is none or the page is not resident.
    #[inline]
    pub(crate) fn header(&self, offset: u32) -> Option<Header> {
        Record::header(&self.bytes, offset as usize)
    }

    /// Messages of the page are settled.
    pub(crate) fn settle(&mut self, entries: &[Held]) {
        let persistent = entries.iter().filter(|held| held.persistent);
        let (count, bytes) =
            persistent.fold((0, 0), |(count, bytes), held| (count + 1, bytes + u64::from(held.body_len)));
        self.live = self.live.saturating_sub(entries.len() as u32);
        self.live_persistent = self.live_persistent.saturating_sub(count);
        self.persistent_bytes = self.persistent_bytes.saturating_sub(bytes);
        if self.resident {
            let bytes = &mut self.bytes;
            entries.iter().for_each(|held| Record::mark_settled(bytes, held.place.offset as usize));
        } else {
            self.settled.extend(entries.iter().map(|held| held.sequence));
        }
    }

    /// The messages are settled that are not yet, between the records at two offsets. The page must be resident.
    pub(crate) fn settle_between(&mut self, first: u32, end: u32) {
        let (mut offset, end) = (first as usize, end as usize);
        while offset < end
            && let Some(header) = Record::header(&self.bytes, offset)
        {
            if !header.is_settled() {
                Record::mark_settled(&mut self.bytes, offset);
                self.count_settled(header.is_persistent(), header.body_len() as u64);
            }
            offset += header.size().max(1);
        }
    }

    #[inline]
    fn count_settled(&mut self, persistent: bool, body_len: u64) {
        self.live = self.live.saturating_sub(1);
        if persistent {
            self.live_persistent = self.live_persistent.saturating_sub(1);
            self.persistent_bytes = self.persistent_bytes.saturating_sub(body_len);
        }
    }

    /// Whether all of its messages are settled and none can come.
    pub(crate) fn is_done(&self) -> bool {
        self.sealed && self.live == 0
    }

    /// Its bytes as a segment holds them: records, then the large bodies in the order of their records.
    pub(crate) fn content(&self) -> Cow<'_, [u8]> {
        if self.shared.is_empty() {
            return Cow::Borrowed(&self.bytes);
        }
        let mut content = Vec::with_capacity(self.weight());
        content.extend_from_slice(&self.bytes);
        self.shared.iter().for_each(|body| content.extend_from_slice(body));
        Cow::Owned(content)
    }

    /// Sequence numbers of the messages that are settled.
    pub(crate) fn settled(&self) -> BTreeSet<u64> {
        let mut settled = self.settled.clone();
        let mut offset = 0;
        while let Some(record) = self.read(offset) {
            if record.settled {
                settled.insert(record.sequence);
            }
            offset += record.size;
        }
        settled
    }

    /// Gives its buffer away; the bytes are in a segment.
    pub(crate) fn evict(&mut self) -> Vec<u8> {
        if self.live > 0 {
            self.settled = self.settled();
        }
        self.resident = false;
        self.shared = Vec::new();
        self.shared_len = 0;
        std::mem::take(&mut self.bytes)
    }

    /// Takes back what [`content`](Self::content) gave. Returns how many body bytes are not settled.
    pub(crate) fn load(&mut self, mut content: Vec<u8>) -> u64 {
        let bodies = Bytes::from(content.split_off((self.len as usize).min(content.len())));
        let mut body_at = 0;
        let mut offset = 0;
        let settled = std::mem::take(&mut self.settled);
        self.shared_len = bodies.len();
        let mut live_bytes = 0;
        while let Some(header) = Record::header(&content, offset) {
            if header.is_shared() {
                let end = (body_at + header.body_len()).min(bodies.len());
                self.shared.push(bodies.slice(body_at..end));
                body_at = end;
            }
            let gone = settled.contains(&header.sequence()) || (self.restored && !header.is_persistent());
            if gone {
                Record::mark_settled(&mut content, offset);
            } else {
                live_bytes += header.body_len() as u64;
            }
            offset += header.size().max(1);
        }
        self.bytes = content;
        self.resident = true;
        live_bytes
    }

    /// Takes back what a checkpoint had of it. What the log says of messages that are settled already must not count
    /// again, so that their numbers are kept until [`recount`](Self::recount).
    pub(crate) fn load_inline(&mut self, content: Vec<u8>) {
        let settled = self.settled.clone();
        self.persistent_bytes = self.load(content);
        (self.settled, self.guessed) = (settled, false);
    }

    /// Settles messages between two sequence numbers without looking at their bytes: each that is not settled yet is
    /// taken to be there, until [`recount`](Self::recount) or [`load`](Self::load) looks. How many bytes they have is
    /// a guess until then. Returns messages and bytes.
    pub(crate) fn settle_unseen(&mut self, first: u64, last: u64) -> (u64, u64) {
        let (first, last) = (first.max(self.sequences.0), last.min(self.sequences.1));
        let before = u64::from(self.live);
        self.guessed = true;
        for sequence in first..=last {
            if self.live > 0 && self.settled.insert(sequence) {
                self.live -= 1;
                self.live_persistent = self.live_persistent.saturating_sub(1);
            }
        }
        let count = before - u64::from(self.live);
        let bytes = self.persistent_bytes * count / before.max(1);
        self.persistent_bytes -= bytes;
        if self.is_done() {
            self.settled = BTreeSet::new();
        }
        (count, bytes)
    }

    /// Counts what is left of a resident page of which messages were settled without looking at their bytes.
    pub(crate) fn recount(&mut self) {
        let settled = std::mem::take(&mut self.settled);
        let (mut offset, mut live, mut bytes) = (0, 0, 0);
        while let Some(header) = Record::header(&self.bytes, offset) {
            if settled.contains(&header.sequence()) {
                Record::mark_settled(&mut self.bytes, offset);
            } else if !header.is_settled() {
                live += 1;
                bytes += header.body_len() as u64;
            }
            offset += header.size().max(1);
        }
        (self.live, self.live_persistent, self.persistent_bytes) = (live, live, bytes);
        self.guessed = false;
    }

    /// Whether numbers of settled messages are kept besides the marks in the records.
    pub(crate) fn has_settled(&self) -> bool {
        !self.settled.is_empty()
    }
}
