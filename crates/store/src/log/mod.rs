//! The commit log: records are gathered in batches, one writer writes and syncs what has gathered, and whoever waits is told.

mod adaptive_wait;
mod batch;
mod commit_log;
mod file_writer;
mod growth;
mod header;
mod pending;
mod pool;
mod record;
mod state;
mod waiters;
mod writer;

pub use adaptive_wait::{AdaptiveWait, Outlook};
pub use batch::Batch;
pub use commit_log::{CommitLog, Driven};
pub(crate) use file_writer::{LogFileWriter, Source};
pub(crate) use header::{COMMIT_HEADER, CommitHeader, FILE_HEADER, FileHeader, span};
pub(crate) use pool::{LogFile, Pool, Settings};
pub(crate) use record::RawRecord;
pub use record::{MAX_RECORD, Ranges, Record, Targets};
pub(crate) use state::LogState;
pub use waiters::DurableWaiter;
#[cfg(feature = "sim")]
pub(crate) use waiters::Waiters;
pub(crate) use writer::{Step, Writer};
