//! What a store can be told when it is opened.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::error::StoreError;
use crate::fs::BLOCK;

/// When an appended record counts as durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// After the data sync that covers it: it survives a loss of power.
    #[default]
    Sync,
    /// After the write to the operating system: it survives the death of the process, not a loss of power.
    Os,
}

/// Who does the store's work on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Drive {
    /// A writer thread, and from time to time a thread that prepares log files.
    #[default]
    Threads,
    /// The caller, with [`Store::drive`](crate::Store::drive): every step in a known order, for deterministic simulation.
    Caller,
}

/// Called when the log has grown past [`Options::checkpoint_after`] since the last checkpoint.
pub type CheckpointDue = Arc<dyn Fn() + Send + Sync>;

/// How a store behaves; [`Options::default`] is right for a broker.
#[derive(Clone)]
#[non_exhaustive]
pub struct Options {
    /// When an appended record counts as durable.
    pub durability: Durability,
    /// Size of a log file in bytes, a multiple of 4096.
    pub log_file_size: u64,
    /// Size in bytes up to which the first log file of a run may grow, before files of `log_file_size` are used: a store with little
    /// to do stays small.
    pub first_file_size: u64,
    /// Bytes of records that may wait for the writer; past it, `append` waits.
    pub pending_limit: usize,
    /// Bytes of log since the last checkpoint after which the next one is due.
    pub checkpoint_after: u64,
    /// Called once by the writer when a checkpoint becomes due; it must not block.
    pub on_checkpoint_due: Option<CheckpointDue>,
    /// At most so many log files are kept for reuse.
    pub pool_files: usize,
    /// So many log files are zeroed in the background once the log is in use.
    pub prepared_files: usize,
    /// Whether log files are written past the page cache where the file system can.
    pub direct: bool,
    /// Copies damaged files aside and goes on with the rest, instead of refusing to open.
    pub salvage: bool,
    /// The writer looks for work for three times so long after a commit before it sleeps, while that pays: see [`crate::AdaptiveWait`].
    pub busy_wait: Duration,
    /// Who does the work.
    pub drive: Drive,
    /// The random number that marks the log files of this run; `None` takes one from the operating system.
    pub salt: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            durability: Durability::Sync,
            log_file_size: 64 << 20,
            first_file_size: 1 << 20,
            pending_limit: 4 << 20,
            checkpoint_after: 256 << 20,
            on_checkpoint_due: None,
            pool_files: 6,
            prepared_files: 2,
            direct: true,
            salvage: false,
            busy_wait: Duration::ZERO,
            drive: Drive::Threads,
            salt: None,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("durability", &self.durability)
            .field("log_file_size", &self.log_file_size)
            .field("salvage", &self.salvage)
            .field("drive", &self.drive)
            .finish_non_exhaustive()
    }
}

impl Options {
    /// Whether log files are written past the page cache: without syncs the page cache is where commits rest.
    pub(crate) fn writes_direct(&self) -> bool {
        self.direct && self.durability == Durability::Sync
    }

    pub(crate) fn check(&self) -> Result<(), StoreError> {
        let block = BLOCK as u64;
        let aligned = |size: u64| size.is_multiple_of(block) && size >= 2 * block;
        if !aligned(self.log_file_size) || !aligned(self.first_file_size) {
            return Err(StoreError::Misuse(
                "log file sizes must be multiples of 4096 bytes, and at least 8192",
            ));
        }
        if self.pending_limit == 0 {
            return Err(StoreError::Misuse("the pending limit must not be zero"));
        }
        Ok(())
    }
}
