//! Segments as files: each is written under another name and renamed, so that it is there whole or not at all.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use super::directories::{entries, list, queues, remove};
use super::file::{MAX_SEGMENT, SegmentFile, fill};
use super::segment_store::{SegmentInfo, SegmentStore};
use crate::error::StoreError;
use crate::format::Layout;
use crate::fs::{Access, FileSystem};
use crate::log::LogState;

/// The segments of a data directory.
pub(crate) struct SegmentFiles {
    fs: Arc<dyn FileSystem>,
    layout: Layout,
    /// The open log, which shares its failures and the room that its spare files take; there is none yet during recovery.
    log: OnceLock<Arc<LogState>>,
}

impl SegmentFiles {
    pub fn new(fs: Arc<dyn FileSystem>, layout: Layout) -> Self {
        Self { fs, layout, log: OnceLock::new() }
    }

    /// The store is open: from now on its failures are shared.
    pub fn attach(&self, log: &Arc<LogState>) {
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

    fn open(&self, queue: u64, segment: u64) -> Result<SegmentFile, StoreError> {
        SegmentFile::open(&*self.fs, &self.layout, queue, segment)
    }
}

impl SegmentStore for SegmentFiles {
    fn write(&self, queue: u64, segment: u64, content: &[u8], durable: bool) -> Result<(), StoreError> {
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

    fn sync_all(&self) -> Result<(), StoreError> {
        if let Some(error) = self.poisoned() {
            return Err(error.clone());
        }
        // One sync of the whole file system costs less than one of each file.
        let root = self.layout.root();
        let synced = self.fs.sync_all(root).map_err(|e| StoreError::sync(root, &e));
        synced.map_err(|error| self.judge(error))
    }

    fn read(&self, queue: u64, segment: u64) -> Result<Vec<u8>, StoreError> {
        let file = self.open(queue, segment)?;
        file.read(0, file.length)
    }

    fn read_range(
        &self,
        queue: u64,
        segment: u64,
        offset: u64,
        length: usize,
    ) -> Result<Vec<u8>, StoreError> {
        self.open(queue, segment)?.read(offset, length as u64)
    }

    fn path(&self, queue: u64, segment: u64) -> PathBuf {
        self.layout.segment_file(queue, segment)
    }

    fn length(&self, queue: u64, segment: u64) -> Result<u64, StoreError> {
        Ok(self.open(queue, segment)?.length)
    }

    fn delete(&self, queue: u64, segment: u64) -> Result<(), StoreError> {
        remove(&*self.fs, &self.layout.segment_file(queue, segment))
    }

    fn list(&self, queue: u64) -> Result<Vec<SegmentInfo>, StoreError> {
        list(&*self.fs, &self.layout, queue)
    }

    fn queues(&self) -> Result<Vec<u64>, StoreError> {
        queues(&*self.fs, &self.layout)
    }

    fn delete_queue(&self, queue: u64) -> Result<(), StoreError> {
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
