//! What can go wrong in the store, and what the operator can do about it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An error that a [`Recovery`](crate::Recovery) may return: why it could not take a document or a record.
pub type RefusedBecause = Box<dyn std::error::Error + Send + Sync>;

/// Every failure of the store. Cheap to clone, because one failure of the disk is told to every waiter.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process has the directory open.
    #[error("{} is in use by {}; stop that process or choose another data directory", path.display(), holder(*pid))]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// The process that holds the lock, when the lock file names one.
        pid: Option<u32>,
    },
    /// The directory was written in a format that this version does not know.
    #[error("{}: unknown storage format {found}; this version reads format {known}. Use the version of Warren that wrote it, or another data directory", path.display())]
    UnknownFormat {
        /// The file that names the format.
        path: PathBuf,
        /// What it says.
        found: String,
        /// The format version that this version reads and writes.
        known: u32,
    },
    /// Data that was durable is damaged or missing.
    #[error("{} is damaged at offset {offset}: {reason}. Restore it from a backup, or start once with --salvage to copy damaged files aside and go on with the rest", path.display())]
    Corrupt {
        /// The damaged (or missing) file.
        path: PathBuf,
        /// Where in the file the damage begins, in bytes.
        offset: u64,
        /// What is wrong there.
        reason: String,
    },
    /// There is no space left on the device. Nothing that was confirmed is lost, and the store goes on when space returns.
    #[error("no space left on the device while it was to {action} {}: {message}. Free some space; the store goes on by itself", path.display())]
    Full {
        /// What the store tried to do, as an infinitive.
        action: &'static str,
        /// The file that was to be written.
        path: PathBuf,
        /// The operating system's words.
        message: String,
    },
    /// The operating system refused a file operation.
    #[error("cannot {action} {}: {message}", path.display())]
    Io {
        /// What the store tried to do, as an infinitive.
        action: &'static str,
        /// The file or directory concerned.
        path: PathBuf,
        /// The kind of the operating system's error.
        kind: io::ErrorKind,
        /// The operating system's words.
        message: String,
    },
    /// An earlier write or sync failed. What is on disk is only known again after a restart.
    #[error("the store stopped writing after a failure: {cause}. Check the disk, then restart the node")]
    Poisoned {
        /// The failure that stopped the store.
        cause: Arc<StoreError>,
    },
    /// A record or segment is longer than the format allows.
    #[error("{what} of {length} bytes is over the limit of {limit} bytes")]
    TooLarge {
        /// What is too long.
        what: &'static str,
        /// Its length in bytes.
        length: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// The caller asked for something that cannot be.
    #[error("{0}")]
    Misuse(&'static str),
    /// The store is closed.
    #[error("the store is closed")]
    Closed,
    /// There is no such segment.
    #[error("queue {queue:016x} has no segment {segment}")]
    NoSegment {
        /// The queue's number.
        queue: u64,
        /// The segment's number.
        segment: u64,
    },
    /// The owner of the data could not use a sound checkpoint or record.
    #[error("{} at offset {offset}: {what} cannot be applied: {reason}", path.display())]
    Refused {
        /// The file that holds the record.
        path: PathBuf,
        /// Where in the file.
        offset: u64,
        /// What was refused: `checkpoint` or a record's position.
        what: String,
        /// The owner's words.
        reason: String,
    },
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
}

impl StoreError {
    /// Names what was tried with which file; a full device becomes [`StoreError::Full`].
    pub(crate) fn io(action: &'static str, path: &Path, error: &io::Error) -> Self {
        let (path, message) = (path.to_path_buf(), error.to_string());
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { action, path, message },
            kind => Self::Io { action, path, kind, message },
        }
    }

    /// As [`StoreError::io`], for a sync: once a sync failed, nobody knows what reached the disk, whatever the reason was.
    pub(crate) fn sync(path: &Path, error: &io::Error) -> Self {
        Self::Io { action: "sync", path: path.to_path_buf(), kind: error.kind(), message: error.to_string() }
    }

    pub(crate) fn corrupt(path: &Path, offset: u64, reason: impl Into<String>) -> Self {
        Self::Corrupt { path: path.to_path_buf(), offset, reason: reason.into() }
    }

    /// Wraps the failure that stopped the store; a wrapped one stays as it is.
    pub(crate) fn poisoned(self) -> Self {
        match self {
            Self::Poisoned { .. } => self,
            cause => Self::Poisoned { cause: Arc::new(cause) },
        }
    }

    /// Whether it is now unknown what is on the disk: a write, a sync or a rename failed for another reason than a full device. When a
    /// file cannot be opened (too many open files, say), nothing was touched, and it can be tried again.
    pub(crate) fn leaves_doubt(&self) -> bool {
        matches!(self, Self::Io { action: "write" | "sync" | "rename", .. })
    }

    /// Whether the operation may work later, when there is space again; nothing is lost meanwhile.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full { .. })
    }

    /// Whether the store no longer writes, and will not until it is opened anew.
    pub fn is_poisoned(&self) -> bool {
        matches!(self, Self::Poisoned { .. })
    }
}
