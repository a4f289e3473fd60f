//! The directories that segments lie in: one of all queues, and one of each queue.

use std::io;
use std::path::Path;

use super::segment_store::SegmentInfo;
use crate::error::StoreError;
use crate::format::{Layout, queue_name, segment_name};
use crate::fs::{Entry, FileSystem};

/// The segments of a queue, lowest number first.
pub(crate) fn list(fs: &dyn FileSystem, layout: &Layout, queue: u64) -> Result<Vec<SegmentInfo>, StoreError> {
    let entries = entries(fs, &layout.queue_dir(queue))?;
    let info =
        |entry: &Entry| Some(SegmentInfo { segment: segment_name(&entry.name)?, file_length: entry.length });
    let mut found: Vec<SegmentInfo> = entries.iter().filter_map(info).collect();
    found.sort_unstable_by_key(|info| info.segment);
    Ok(found)
}

/// The queues that have a directory, lowest number first.
pub(crate) fn queues(fs: &dyn FileSystem, layout: &Layout) -> Result<Vec<u64>, StoreError> {
    let entries = entries(fs, layout.segments())?;
    let directories = entries.iter().filter(|entry| entry.directory);
    let mut found: Vec<u64> = directories.filter_map(|entry| queue_name(&entry.name)).collect();
    found.sort_unstable();
    Ok(found)
}

/// What a directory holds; nothing if there is none.
pub(super) fn entries(fs: &dyn FileSystem, directory: &Path) -> Result<Vec<Entry>, StoreError> {
    match fs.list(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        entries => entries.map_err(|e| StoreError::io("list", directory, &e)),
    }
}

/// Removes a file; one that is not there is fine.
pub(crate) fn remove(fs: &dyn FileSystem, path: &Path) -> Result<(), StoreError> {
    match fs.remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed.map_err(|e| StoreError::io("remove", path, &e)),
    }
}
