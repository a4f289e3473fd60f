//! Warren's commit log, segments, checkpoint and recovery.
//!
//! One append-only log is the only truth for everything durable. Callers gather records in a [`Batch`] and [`Store::append`] it; one
//! writer thread writes and syncs what has gathered, once for everybody, and then calls whoever waits ([`Store::when_durable`]). A
//! checkpoint ([`Store::write_checkpoint`]) stands for the log up to a position; what is older is reused. [`open()`] loads the newest
//! checkpoint and replays the log after it. The bytes on disk are described in `docs/storage-format.md`.
//!
//! The store does not know what the records mean, and touches the disk only through [`FileSystem`].
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
#![deny(unsafe_code)]

mod active;
mod batch;
mod bytes;
mod chain;
mod checkpoint;
mod crc32c;
mod error;
mod forgiving;
mod format;
mod fs;
mod header;
mod layout;
mod log;
mod open;
mod options;
mod patience;
mod pool;
mod position;
mod reader;
mod real_fs;
mod record;
mod recovery;
mod replay;
mod salvage;
mod segment_file;
mod segments;
mod shared;
#[cfg(feature = "sim")]
pub mod sim;
mod store;
mod waiters;
mod writer;

pub use batch::Batch;
pub use error::{RefusedBecause, StoreError};
pub use fs::{Access, Entry, File, FileSystem, LockOutcome};
pub use header::FORMAT_VERSION;
pub use log::CommitLog;
pub use open::open;
pub use options::{CheckpointDue, Drive, Durability, Options};
pub use patience::{Outlook, Patience};
pub use position::Position;
pub use real_fs::RealFs;
pub use record::{MAX_RECORD, Ranges, Record, Targets};
pub use recovery::{Recovery, RecoveryReport, TornTail};
pub use salvage::LeftOut;
pub use segment_file::MAX_SEGMENT;
pub use segments::{SegmentInfo, Segments};
pub use store::{Driven, Store};
pub use waiters::DurableWaiter;
