//! The file system as the store uses it: one small trait, so that a simulated one can take its place and fail on purpose.

use std::any::Any;
use std::fmt;
use std::io;
use std::path::Path;

/// The unit of files that are written past the page cache, in bytes. The log's commits begin and end on multiples of it, so that a write
/// never touches a block that holds confirmed records.
pub(crate) const BLOCK: usize = 4096;

/// How a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// For reading an existing file.
    Read,
    /// For reading and writing an existing file.
    Write {
        /// Past the page cache where the file system can; then buffers, offsets and lengths are multiples of 4096.
        direct: bool,
    },
    /// For writing a new file; one of that name loses its content.
    Create {
        /// As for [`Access::Write`].
        direct: bool,
    },
}

/// An entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name, without the directory.
    pub name: String,
    /// Length of the file in bytes.
    pub length: u64,
    /// Whether it is a directory.
    pub directory: bool,
}

/// What came of trying to lock a file.
pub enum LockOutcome {
    /// The lock is held until this value is dropped.
    Held(Box<dyn Any + Send + Sync>),
    /// Somebody else holds it: the process with this number, if the file says so.
    HeldBy(Option<u32>),
}

/// An open file.
pub trait File: Send + Sync + fmt::Debug {
    /// Reads at `offset`, possibly less than asked for; 0 at the end.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
    /// Writes all of `bytes` at `offset`. After an error some of them may have been written.
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// Returns when everything written to the file, and its length, has reached the device.
    fn sync_data(&self) -> io::Result<()>;
    /// Length in bytes.
    fn length(&self) -> io::Result<u64>;
}

/// The operations on directories and names.
pub trait FileSystem: Send + Sync + fmt::Debug {
    /// Creates a directory and those above it; one that exists is fine.
    fn create_dir_all(&self, path: &Path) -> io::Result<()>;
    /// What a directory holds, in no order.
    fn list(&self, directory: &Path) -> io::Result<Vec<Entry>>;
    /// Opens a file.
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>>;
    /// Gives a file another name, in place of whatever had that name.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Removes an empty directory.
    fn remove_dir(&self, path: &Path) -> io::Result<()>;
    /// Returns when names that were created, changed or removed in the directory have reached the device.
    fn sync_dir(&self, directory: &Path) -> io::Result<()>;
    /// Returns when everything written to the file system that holds `directory` has reached the device: contents and names.
    fn sync_all(&self, directory: &Path) -> io::Result<()>;
    /// Bytes that can still be written below `directory`.
    fn free_space(&self, directory: &Path) -> io::Result<u64>;
    /// Locks a file for this opener alone, creating it, and writes the number of this process into it.
    fn lock(&self, path: &Path) -> io::Result<LockOutcome>;
}

/// Reads until `buffer` is full or the file ends; returns how much it got.
pub(crate) fn read_full(file: &dyn File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, offset + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Reads a whole file.
pub(crate) fn read_whole(file: &dyn File) -> io::Result<Vec<u8>> {
    let length = usize::try_from(file.length()?).map_err(|_| io::ErrorKind::FileTooLarge)?;
    let mut bytes = vec![0; length];
    let count = read_full(file, &mut bytes, 0)?;
    bytes.truncate(count);
    Ok(bytes)
}
