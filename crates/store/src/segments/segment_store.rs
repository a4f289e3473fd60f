//! The segments as a trait: whoever keeps messages in them need not know whether they are files or memory.

use std::path::PathBuf;

use crate::error::StoreError;

/// The segments of a store's queues: what outlives its log file, or has no room in memory. A segment is written whole and never changed.
/// Numbers of queues and segments are the caller's.
pub trait SegmentStore: Send + Sync {
    /// Writes a segment, in place of one of the same number.
    ///
    /// A durable one survives a loss of power once this returns. Several can be written without, and made durable together by
    /// [`SegmentStore::sync_all`]. One that is not durable may after a crash be missing or damaged, but never holds other bytes.
    ///
    /// # Errors
    /// It was not written: there is no space, it is longer than [`MAX_SEGMENT`](crate::MAX_SEGMENT), or it is to be durable and the store
    /// has failed.
    fn write(&self, queue: u64, segment: u64, content: &[u8], durable: bool) -> Result<(), StoreError>;

    /// Makes every segment that was written so far durable.
    ///
    /// # Errors
    /// The store has failed.
    fn sync_all(&self) -> Result<(), StoreError>;

    /// Reads a whole segment and checks every byte.
    ///
    /// # Errors
    /// [`StoreError::NoSegment`] if there is none, or it cannot be read or is damaged.
    fn read(&self, queue: u64, segment: u64) -> Result<Vec<u8>, StoreError>;

    /// Reads up to `length` bytes from `offset` of a segment on, fewer at its end.
    ///
    /// # Errors
    /// As [`SegmentStore::read`]; what was not read may be damaged all the same.
    fn read_range(&self, queue: u64, segment: u64, offset: u64, length: usize)
    -> Result<Vec<u8>, StoreError>;

    /// Length of a segment's content, in bytes.
    ///
    /// # Errors
    /// As [`SegmentStore::read`].
    fn length(&self, queue: u64, segment: u64) -> Result<u64, StoreError>;

    /// Where a segment lies, in words for the operator.
    fn path(&self, queue: u64, segment: u64) -> PathBuf;

    /// Removes a segment; one that is not there is fine. The removal is not durable: after a crash the segment may be back.
    ///
    /// # Errors
    /// It is still there.
    fn delete(&self, queue: u64, segment: u64) -> Result<(), StoreError>;

    /// The segments of a queue, lowest number first.
    ///
    /// # Errors
    /// They cannot be listed.
    fn list(&self, queue: u64) -> Result<Vec<SegmentInfo>, StoreError>;

    /// The queues that have segments, or had, lowest number first.
    ///
    /// # Errors
    /// They cannot be listed.
    fn queues(&self) -> Result<Vec<u64>, StoreError>;

    /// Removes all segments of a queue, and what interrupted writes left. Like [`SegmentStore::delete`], it is not durable.
    ///
    /// # Errors
    /// Some are still there.
    fn delete_queue(&self, queue: u64) -> Result<(), StoreError>;
}

/// The segments of some store, wherever they are.
pub type Segments = dyn SegmentStore;

/// A segment as it is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentInfo {
    /// The segment's number.
    pub segment: u64,
    /// Bytes that it takes where it lies, header and checksums included.
    pub file_length: u64,
}
