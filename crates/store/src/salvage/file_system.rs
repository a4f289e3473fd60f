//! A file system that a salvage reads through: blocks that the device cannot read any more are zero, and fail their checksums like
//! any other damage.

use std::io;
use std::path::Path;

use crate::fs::{Access, BLOCK, Entry, File, FileSystem, LockOutcome};

/// The file system behind it, whose reads never fail.
#[derive(Debug)]
pub(crate) struct SalvageFs<'a>(pub &'a dyn FileSystem);

#[derive(Debug)]
struct SalvageFile(Box<dyn File>);

impl File for SalvageFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let whole = self.0.read_at(buffer, offset);
        let Err(error) = whole else { return whole };
        if error.kind() == io::ErrorKind::Interrupted {
            return Err(error);
        }
        // One block at a time: the first one that cannot be read is skipped.
        let aligned = BLOCK - usize::try_from(offset % BLOCK as u64).unwrap_or_default();
        let rest = self.0.length()?.saturating_sub(offset);
        let length = buffer.len().min(aligned).min(usize::try_from(rest).unwrap_or(usize::MAX));
        let block = buffer.get_mut(..length).unwrap_or_default();
        self.0.read_at(block, offset).or_else(|error| {
            tracing::warn!(offset, %error, "a block cannot be read");
            block.fill(0);
            Ok(block.len())
        })
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn length(&self) -> io::Result<u64> {
        self.0.length()
    }
}

impl FileSystem for SalvageFs<'_> {
    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        self.0.create_dir_all(path)
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<Entry>> {
        self.0.list(directory)
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>> {
        Ok(Box::new(SalvageFile(self.0.open(path, access)?)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.0.remove_file(path)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        self.0.remove_dir(path)
    }

    fn sync_dir(&self, directory: &Path) -> io::Result<()> {
        self.0.sync_dir(directory)
    }

    fn sync_all(&self, directory: &Path) -> io::Result<()> {
        self.0.sync_all(directory)
    }

    fn free_space(&self, directory: &Path) -> io::Result<u64> {
        self.0.free_space(directory)
    }

    fn lock(&self, path: &Path) -> io::Result<LockOutcome> {
        self.0.lock(path)
    }
}
