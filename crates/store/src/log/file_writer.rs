//! The log file that is being written: how it comes into being, and the one place that writes commits.

use std::path::PathBuf;

use super::header::FileHeader;
use crate::error::StoreError;
use crate::format::Layout;
use crate::fs::{Access, AlignedBuffer, BLOCK, File, FileSystem};

/// The newest log file, which is written.
#[derive(Debug)]
pub(crate) struct LogFileWriter {
    pub header: FileHeader,
    /// Where the next commit goes.
    pub offset: u64,
    /// Its blocks are all written already, so that a commit changes no metadata of the file system.
    pub prepared: bool,
    path: PathBuf,
    file: Box<dyn File>,
}

/// Where a new log file comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// A file that waits for reuse.
    Pool(u64),
    /// A new, growing file.
    New,
}

impl LogFileWriter {
    /// Makes a log file with this header, and this commit if there is one: write, sync, rename, sync of the directory. Until the rename nothing has changed in the log,
    /// and the file's own header, durable before any commit in it, marks where the log before it ended.
    pub fn create(
        fs: &dyn FileSystem,
        layout: &Layout,
        header: FileHeader,
        first: Option<&[u8]>,
        source: Source,
        direct: bool,
    ) -> Result<Self, StoreError> {
        let path = layout.log_file(header.number);
        let (from, access) = match source {
            Source::Pool(id) => (layout.free_file(id), Access::Write { direct }),
            Source::New => (layout.new_file(header.number), Access::Create { direct }),
        };
        let begun = begin(fs, &from, access, &header, first.unwrap_or_default()).and_then(|file| {
            fs.rename(&from, &path).map_err(|e| StoreError::io("rename", &from, &e)).map(|()| file)
        });
        let file = match begun {
            Ok(file) => file,
            Err(error) => {
                if source == Source::New {
                    // Unfinished files are removed at the next open as well.
                    let _left = fs.remove_file(&from);
                }
                return Err(error);
            }
        };
        fs.sync_dir(layout.log()).map_err(|e| StoreError::sync(layout.log(), &e))?;
        let offset = (BLOCK + first.map_or(0, <[u8]>::len)) as u64;
        Ok(Self { header, offset, prepared: source != Source::New, path, file })
    }

    /// Whether a commit of this length on disk fits.
    pub fn fits(&self, span: u64) -> bool {
        self.offset.saturating_add(span) <= self.header.capacity
    }

    /// Writes one commit, and syncs it when it is to survive a loss of power. The offset moves on only when all went well, so that a
    /// commit that met a full device can be tried again in the same place.
    pub fn write(&mut self, commit: &[u8], sync: bool) -> Result<(), StoreError> {
        self.file.write_all_at(commit, self.offset).map_err(|e| StoreError::io("write", &self.path, &e))?;
        if sync {
            self.file.sync_data().map_err(|e| StoreError::sync(&self.path, &e))?;
        }
        self.offset = self.offset.saturating_add(commit.len() as u64);
        Ok(())
    }

    /// Length of the file on disk.
    pub fn length(&self) -> u64 {
        if self.prepared { self.header.capacity } else { self.offset }
    }
}

fn begin(
    fs: &dyn FileSystem,
    path: &std::path::Path,
    access: Access,
    header: &FileHeader,
    first: &[u8],
) -> Result<Box<dyn File>, StoreError> {
    let mut block = AlignedBuffer::default();
    block.extend(&header.encode());
    block.extend_zeros(BLOCK - block.len());
    block.extend(first);
    let file = fs.open(path, access).map_err(|e| StoreError::io("open", path, &e))?;
    file.write_all_at(block.as_slice(), 0).map_err(|e| StoreError::io("write", path, &e))?;
    file.sync_data().map_err(|e| StoreError::sync(path, &e))?;
    Ok(file)
}
