//! What recovery leaves for the run that goes on.

use super::report::RecoveryReport;
use crate::log::{Batch, LogFile};

/// What the writer needs to go on.
#[derive(Debug, Default)]
pub(crate) struct Recovered {
    /// Sequence number of the last record.
    pub last: u64,
    /// The highest epoch that was seen.
    pub epoch: u64,
    /// The highest number of a log file that was seen.
    pub newest: u64,
    /// The file that the next one continues, and where it ends; zeros for a new log.
    pub previous: (u64, u64),
    /// What the next file has to begin with.
    pub carried: Option<Carried>,
    /// Files that recovery would need again, oldest first.
    pub needed: Vec<LogFile>,
    /// Log files that nothing needs any more.
    pub obsolete: Vec<LogFile>,
    /// Files that wait for reuse.
    pub free: Vec<u64>,
    pub report: RecoveryReport,
}

/// The last commit of a log that was written with syncs, when nothing proves that its own sync succeeded.
///
/// When a sync fails, the operating system may keep showing what never reached the device, and let later syncs of it succeed. So the new
/// run writes these records again, in its own file, before they count.
#[derive(Debug)]
pub(crate) struct Carried {
    pub first_sequence: u64,
    pub records: Batch,
}
