//! Segments: what outlives its log file, or has no room in memory, in pieces of one queue each.

mod directories;
mod file;
mod on_disk;
mod segment_store;

pub(crate) use directories::{list, queues, remove};
pub use file::MAX_SEGMENT;
pub(crate) use file::SegmentFile;
pub(crate) use on_disk::SegmentFiles;
pub use segment_store::{SegmentInfo, SegmentStore, Segments};
