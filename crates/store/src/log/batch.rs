//! A reusable buffer in which a caller gathers records before it appends them: checksums are computed here, outside of any lock.

use super::record::{
    CHECKPOINT_MARK, MAX_RECORD, MESSAGE, METADATA, RECORD_HEADER, SETTLED, header_tail, seal,
};
use crate::error::StoreError;
use crate::format::crc32c;
use crate::position::Position;

/// Records that are to be appended together. After a crash either all of them are there or none.
///
/// Until they are appended, the place of a record's checksum holds the checksum of its payload alone.
#[derive(Debug, Default)]
pub struct Batch {
    bytes: Vec<u8>,
    count: u32,
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many records it holds.
    pub fn len(&self) -> usize {
        usize::try_from(self.count).unwrap_or(usize::MAX)
    }

    /// Whether it holds no record.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Length of its records on disk, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Drops all records; the memory stays.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.count = 0;
    }

    /// Gives memory over `keep` bytes back; for buffers that stay with an idle connection.
    pub fn shrink(&mut self, keep: usize) {
        self.bytes.shrink_to(keep);
    }

    /// Adds a change of metadata.
    pub fn push_metadata(&mut self, document: &[u8]) -> Result<(), StoreError> {
        self.push(METADATA, |bytes| bytes.extend_from_slice(document))
    }

    /// Adds a message, given in parts that are joined, with the `(queue, sequence)` pairs that it goes to.
    pub fn push_message(&mut self, targets: &[(u64, u64)], payload: &[&[u8]]) -> Result<(), StoreError> {
        self.push(MESSAGE, |bytes| {
            put_pairs(bytes, targets);
            for part in payload {
                bytes.extend_from_slice(part);
            }
        })
    }

    /// Adds inclusive `(first, last)` ranges of a queue's sequence numbers that are done with.
    pub fn push_settled(&mut self, queue: u64, ranges: &[(u64, u64)]) -> Result<(), StoreError> {
        if ranges.iter().any(|(first, last)| first > last) {
            return Err(StoreError::Misuse("a settled range must not end before it begins"));
        }
        self.push(SETTLED, |bytes| {
            bytes.extend_from_slice(&queue.to_le_bytes());
            put_pairs(bytes, ranges);
        })
    }

    pub(crate) fn push_checkpoint_mark(&mut self, covers: Position) -> Result<(), StoreError> {
        self.push(CHECKPOINT_MARK, |bytes| bytes.extend_from_slice(&covers.get().to_le_bytes()))
    }

    /// Adds a record that was read from the log.
    pub(crate) fn push_raw(&mut self, kind: u8, payload: &[u8]) -> Result<(), StoreError> {
        self.push(kind, |bytes| bytes.extend_from_slice(payload))
    }

    fn push(&mut self, kind: u8, fill: impl FnOnce(&mut Vec<u8>)) -> Result<(), StoreError> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&[0; RECORD_HEADER]);
        fill(&mut self.bytes);
        let payload = self.bytes.get(start + RECORD_HEADER..).unwrap_or_default();
        let (length, crc) = (payload.len(), crc32c(payload));
        let small = u32::try_from(length).ok().filter(|_| length <= MAX_RECORD);
        let (Some(length), Some(count)) = (small, self.count.checked_add(1)) else {
            self.bytes.truncate(start);
            return Err(StoreError::TooLarge {
                what: "record",
                length: length as u64,
                limit: MAX_RECORD as u64,
            });
        };
        let header = self.bytes.get_mut(start..).and_then(|bytes| bytes.first_chunk_mut::<RECORD_HEADER>());
        if let Some(header) = header {
            header[..4].copy_from_slice(&crc.to_le_bytes());
            header[4..].copy_from_slice(&header_tail(kind, length));
        }
        self.count = count;
        Ok(())
    }

    /// Puts the final checksums in, now that the place in the log is known, and hands the bytes out.
    pub(crate) fn seal(&mut self, epoch: u64, first_sequence: u64) -> &[u8] {
        let mut rest = self.bytes.as_mut_slice();
        let mut sequence = first_sequence;
        while let Some((header, after)) = rest.split_first_chunk_mut::<RECORD_HEADER>() {
            let [p, q, r, s, tail @ ..] = *header;
            let [a, b, c, d, ..] = tail;
            let crc = seal(u32::from_le_bytes([p, q, r, s]), tail, epoch, sequence);
            header[..4].copy_from_slice(&crc.to_le_bytes());
            let length = u32::from_le_bytes([a, b, c, d]);
            sequence = sequence.wrapping_add(1);
            rest = after.get_mut(usize::try_from(length).unwrap_or(usize::MAX)..).unwrap_or_default();
        }
        &self.bytes
    }

    pub(crate) fn count(&self) -> u32 {
        self.count
    }
}

fn put_pairs(bytes: &mut Vec<u8>, pairs: &[(u64, u64)]) {
    // A list of 2^32 pairs is far over the limit of a record, which `push` refuses.
    bytes.extend_from_slice(&u32::try_from(pairs.len()).unwrap_or(u32::MAX).to_le_bytes());
    for (a, b) in pairs {
        bytes.extend_from_slice(&a.to_le_bytes());
        bytes.extend_from_slice(&b.to_le_bytes());
    }
}
