//! Files as the store uses them: the file system behind a trait, the operating system's own, and buffers for writing past the page cache.

mod aligned_buffer;
mod file_system;
mod real;

pub(crate) use aligned_buffer::AlignedBuffer;
pub use file_system::{Access, Entry, File, FileSystem, LockOutcome};
pub(crate) use file_system::{BLOCK, read_full, read_whole};
pub use real::RealFs;
