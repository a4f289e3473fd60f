//! Segments: files of one queue each that hold messages which outlive their log file, or which memory has no room for.
//!
//! A segment is written whole and never changed.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::file::{MAX_SEGMENT, SegmentFile, fill};
use crate::error::StoreError;
use crate::format::{Layout, queue_name, segment_name};
use crate::fs::{Access, Entry, FileSystem};
use crate::log::LogState;
use crate::salvage::Salvage;

/// The segments of a store's queues. Numbers of queues and segments are the caller's.
pub struct Segments {
    fs: Arc<dyn FileSystem>,
    layout: Layout,
    /// The open log, which shares its failures and the room that its spare files take; there is none yet during recovery.
    log: OnceLock<Arc<LogState>>,
}

/// A segment as its directory lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentInfo {
    /// The segment's number.
    pub segment: u64,
    /// Length of the file in bytes, header and checksums included.
    pub file_length: u64,
}

impl Segments {
    pub(crate) fn new(fs: Arc<dyn FileSystem>, layout: Layout) -> Self {
        Self { fs, layout, log: OnceLock::new() }
    }

    /// The store is open: from now on its failures are shared.
    pub(crate) fn attach(&self, log: &Arc<LogState>) {
        let _only_once = self.log.set(Arc::clone(log));
    }

    fn poisoned(&self) -> Option<&StoreError> {
        self.log.get().and_then(|log| log.poisoned())
    }

    fn judge(&self, error: StoreError) -> StoreError {
        match self.log.get() {
            Some(log) => log.judge(error),
            None => error,
        }
    }

    fn give_room(&self) -> bool {
        self.log.get().is_some_and(|log| log.pool.give_room())
    }

    /// Writes a segment, in place of one of the same number.
    ///
    /// A durable one survives a loss of power once this returns. Several can be written without, and made durable together by
    /// [`Segments::sync_all`]. One that is not durable may after a crash be missing or damaged, but never holds other bytes.
    pub fn write(&self, queue: u64, segment: u64, content: &[u8], durable: bool) -> Result<(), StoreError> {
        if let Some(error) = self.poisoned().filter(|_| durable) {
            return Err(error.clone());
        }
        if content.len() > MAX_SEGMENT {
            return Err(StoreError::TooLarge {
                what: "segment",
                length: content.len() as u64,
                limit: MAX_SEGMENT as u64,
            });
        }
        let mut written = self.put(queue, segment, content, durable);
        while written.as_ref().is_err_and(StoreError::is_full) && self.give_room() {
            written = self.put(queue, segment, content, durable);
        }
        written.map_err(|error| if durable { self.judge(error) } else { error })
    }

    fn put(&self, queue: u64, segment: u64, content: &[u8], durable: bool) -> Result<(), StoreError> {
        let (fs, layout) = (&*self.fs, &self.layout);
        let (directory, path) = (layout.queue_dir(queue), layout.segment_file(queue, segment));
        let unfinished = layout.unfinished_segment(queue, segment);
        let file = match fs.open(&unfinished, Access::Create { direct: false }) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs.create_dir_all(&directory).map_err(|e| StoreError::io("create", &directory, &e))?;
                fs.open(&unfinished, Access::Create { direct: false })
            }
            opened => opened,
        };
        let file = file.map_err(|e| StoreError::io("create", &unfinished, &e))?;
        let filled = fill(&*file, &unfinished, queue, segment, content, durable);
        let renamed = filled.and_then(|()| {
            fs.rename(&unfinished, &path).map_err(|e| StoreError::io("rename", &unfinished, &e))
        });
        if let Err(error) = renamed {
            let _left = fs.remove_file(&unfinished);
            return Err(error);
        }
        if durable {
            // The queue's directory may be new, or may have come with a write that was not durable.
            for directory in [&*directory, layout.segments()] {
                fs.sync_dir(directory).map_err(|e| StoreError::sync(directory, &e))?;
            }
        }
        Ok(())
    }

    /// Makes every segment that was written so far durable, with one sync of the whole file system.
    pub fn sync_all(&self) -> Result<(), StoreError> {
        if let Some(error) = self.poisoned() {
            return Err(error.clone());
        }
        let root = self.layout.root();
        let synced = self.fs.sync_all(root).map_err(|e| StoreError::sync(root, &e));
        synced.map_err(|error| self.judge(error))
    }

    fn open(&self, queue: u64, segment: u64) -> Result<SegmentFile, StoreError> {
        SegmentFile::open(&*self.fs, &self.layout, queue, segment)
    }

    /// Reads a whole segment and checks every byte.
    pub fn read(&self, queue: u64, segment: u64) -> Result<Vec<u8>, StoreError> {
        let file = self.open(queue, segment)?;
        file.read(0, file.length)
    }

    /// Reads up to `length` bytes from `offset` of a segment on, fewer at its end. Chunks of 64 KiB are read and checked as a whole.
    pub fn read_range(
        &self,
        queue: u64,
        segment: u64,
        offset: u64,
        length: usize,
    ) -> Result<Vec<u8>, StoreError> {
        self.open(queue, segment)?.read(offset, length as u64)
    }

    /// The file of a segment.
    pub fn path(&self, queue: u64, segment: u64) -> PathBuf {
        self.layout.segment_file(queue, segment)
    }

    /// Length of a segment's content, in bytes.
    pub fn length(&self, queue: u64, segment: u64) -> Result<u64, StoreError> {
        Ok(self.open(queue, segment)?.length)
    }

    /// Removes a segment; one that is not there is fine. The removal is not durable: after a crash the segment may be back.
    pub fn delete(&self, queue: u64, segment: u64) -> Result<(), StoreError> {
        remove(&*self.fs, &self.layout.segment_file(queue, segment))
    }

    /// The segments of a queue, lowest number first.
    pub fn list(&self, queue: u64) -> Result<Vec<SegmentInfo>, StoreError> {
        list(&*self.fs, &self.layout, queue)
    }

    /// The queues that have segments, or had, lowest number first.
    pub fn queues(&self) -> Result<Vec<u64>, StoreError> {
        queues(&*self.fs, &self.layout)
    }

    /// Removes all segments of a queue, and what interrupted writes left. Like [`Segments::delete`], it is not durable.
    pub fn delete_queue(&self, queue: u64) -> Result<(), StoreError> {
        let fs = &*self.fs;
        let directory = self.layout.queue_dir(queue);
        for entry in entries(fs, &directory)? {
            remove(fs, &directory.join(&entry.name))?;
        }
        match fs.remove_dir(&directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed.map_err(|e| StoreError::io("remove", &directory, &e)),
        }
    }
}

fn list(fs: &dyn FileSystem, layout: &Layout, queue: u64) -> Result<Vec<SegmentInfo>, StoreError> {
    let entries = entries(fs, &layout.queue_dir(queue))?;
    let info =
        |entry: &Entry| Some(SegmentInfo { segment: segment_name(&entry.name)?, file_length: entry.length });
    let mut found: Vec<SegmentInfo> = entries.iter().filter_map(info).collect();
    found.sort_unstable_by_key(|info| info.segment);
    Ok(found)
}

fn queues(fs: &dyn FileSystem, layout: &Layout) -> Result<Vec<u64>, StoreError> {
    let entries = entries(fs, layout.segments())?;
    let directories = entries.iter().filter(|entry| entry.directory);
    let mut found: Vec<u64> = directories.filter_map(|entry| queue_name(&entry.name)).collect();
    found.sort_unstable();
    Ok(found)
}

fn entries(fs: &dyn FileSystem, directory: &Path) -> Result<Vec<Entry>, StoreError> {
    match fs.list(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        entries => entries.map_err(|e| StoreError::io("list", directory, &e)),
    }
}

fn remove(fs: &dyn FileSystem, path: &Path) -> Result<(), StoreError> {
    match fs.remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed.map_err(|e| StoreError::io("remove", path, &e)),
    }
}

/// Reads every segment; damaged ones are copied aside, noted and removed.
pub(crate) fn salvage(
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
