//! What every file on disk shares: names and places, the version, the checksum, and the integers in it.

mod crc32c;
mod fields;
mod layout;
mod version_file;

pub(crate) use crc32c::crc32c;
pub(crate) use fields::Fields;
pub(crate) use layout::{Layout, LogName, checkpoint_name, log_name, queue_name, segment_name};
pub use version_file::FORMAT_VERSION;
pub(crate) use version_file::{check, sync_ancestors};
