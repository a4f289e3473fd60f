//! Segments: what outlives its log file, or has no room in memory, in files of one queue each.

mod file;
mod on_disk;

pub use file::MAX_SEGMENT;
pub(crate) use on_disk::salvage;
pub use on_disk::{SegmentInfo, Segments};
