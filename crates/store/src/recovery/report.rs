//! What opening a store found.

use std::path::PathBuf;

use crate::position::Position;
use crate::salvage::LeftOut;

/// Where a log was cut off because its last write never became complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TornTail {
    /// The log file.
    pub path: PathBuf,
    /// Where in it the log ends now, in bytes.
    pub offset: u64,
}

/// What opening a store found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecoveryReport {
    /// The directory was empty: this is a new store.
    pub created: bool,
    /// The last record that the checkpoint covered, when there was a checkpoint.
    pub checkpoint: Option<Position>,
    /// The last record of the log.
    pub last: Position,
    /// How many records were replayed.
    pub records: u64,
    /// Bytes of the commits that were read for that.
    pub log_bytes: u64,
    /// The cut, when there was a torn tail.
    pub torn: Option<TornTail>,
    /// What a salvage left out; empty otherwise. Write a checkpoint at once when it is not.
    pub left_out: Vec<LeftOut>,
}
