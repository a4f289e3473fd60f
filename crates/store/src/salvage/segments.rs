//! The segments in a salvage: what is damaged goes.

use super::damage::Salvage;
use crate::error::StoreError;
use crate::format::Layout;
use crate::fs::FileSystem;
use crate::segments::{SegmentFile, SegmentInfo, list, queues, remove};

/// Reads every segment; damaged ones are copied aside, noted and removed.
pub(crate) fn salvage_segments(
    fs: &dyn FileSystem,
    layout: &Layout,
    salvage: &mut Salvage<'_>,
) -> Result<(), StoreError> {
    for queue in queues(fs, layout)? {
        for SegmentInfo { segment, .. } in list(fs, layout, queue)? {
            let read =
                SegmentFile::open(fs, layout, queue, segment).and_then(|file| file.read(0, file.length));
            if let Err(error) = read {
                salvage.damaged_segment(error, queue, segment)?;
                remove(fs, &layout.segment_file(queue, segment))?;
            }
        }
    }
    Ok(())
}
