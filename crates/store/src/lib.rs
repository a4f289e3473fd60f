//! Warren's commit log, segments, checkpoint and recovery.
//!
//! One append-only log is the only truth for everything durable. Callers gather records in a [`Batch`] and [`Store::append`] it; one
//! writer thread writes and syncs what has gathered, once for everybody, and then calls whoever waits ([`Store::when_durable`]). A
//! checkpoint ([`Store::write_checkpoint`]) stands for the log up to a position; what is older is reused. [`open()`] loads the newest
//! checkpoint and replays the log after it. The bytes on disk are described in `docs/storage-format.md`.
//!
//! Who holds a log holds a [`CommitLog`], and a [`SegmentStore`] beside it: a [`Store`], or with the feature `sim` a log in memory.
//!
//! The store does not know what the records mean, and touches the disk only through [`FileSystem`].
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
#![deny(unsafe_code)]

mod checkpoint;
mod directory;
mod error;
mod format;
mod fs;
mod log;
#[cfg(feature = "sim")]
mod memory;
mod options;
mod position;
mod recovery;
mod salvage;
mod segments;
#[cfg(feature = "sim")]
pub mod sim;

pub use directory::{Store, open};
pub use error::{RefusedBecause, StoreError};
pub use format::FORMAT_VERSION;
pub use fs::{Access, Entry, File, FileSystem, LockOutcome, RealFs};
pub use log::{
    AdaptiveWait, Batch, CommitLog, Driven, DurableWaiter, MAX_RECORD, Outlook, Ranges, Record, Targets,
};
#[cfg(feature = "sim")]
pub use memory::MemoryLog;
pub use options::{CheckpointDue, Drive, Durability, Options};
pub use position::Position;
pub use recovery::{Recovery, RecoveryReport, TornTail};
pub use salvage::LeftOut;
pub use segments::{MAX_SEGMENT, SegmentInfo, SegmentStore, Segments};
