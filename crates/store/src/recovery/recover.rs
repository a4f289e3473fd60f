//! Recovery: the newest sound checkpoint, then every sound record after it, to the torn tail if there is one.

use std::path::PathBuf;
use std::sync::Arc;

use super::log_files;
use super::log_files::LogDirectory;
use super::replay::Replay;
use crate::checkpoint;
use crate::checkpoint::Checkpoint;
use crate::error::{RefusedBecause, StoreError};
use crate::format::Layout;
use crate::fs::FileSystem;
use crate::log::{Batch, LogFile, Record};
use crate::position::Position;
use crate::salvage::{LeftOut, Salvage, SalvageFs};
use crate::segments;
use crate::segments::Segments;

/// The owner of the data, who takes it back when a store is opened.
pub trait Recovery {
    /// Called first, and at once for a new store: from here on segments can be read and written, so that the owner need
    /// not hold in memory what it recovers.
    fn begin(&mut self, segments: &Arc<Segments>) {
        let _ = segments;
    }
    /// Takes the document of the newest checkpoint; called at most once, before any record.
    fn checkpoint(&mut self, document: &[u8]) -> Result<(), RefusedBecause>;
    /// Takes the next record after the checkpoint, in the order of the log.
    fn apply(&mut self, position: Position, record: Record<'_>) -> Result<(), RefusedBecause>;
}

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

/// Recovers the log of a directory into `owner`.
pub(crate) fn recover(
    fs: &dyn FileSystem,
    layout: &Layout,
    salvage: bool,
    owner: &mut dyn Recovery,
) -> Result<Recovered, StoreError> {
    let readable = SalvageFs(fs);
    let fs = if salvage { &readable } else { fs };
    let directory = LogDirectory::read(fs, layout)?;
    for path in &directory.unfinished {
        fs.remove_file(path).map_err(|e| StoreError::io("remove", path, &e))?;
    }
    let mut damage = Salvage::new(fs, layout, salvage);
    let checkpoint = newest_checkpoint(fs, layout, &directory, &mut damage)?;
    let covers = checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.covers);
    let files = log_files::in_order(fs, layout, &directory, covers, &mut damage)?;
    let mut recovered = Recovered {
        newest: directory.newest().max(checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.log_file)),
        epoch: checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.epoch),
        ..Recovered::default()
    };
    let mut replay = Replay {
        fs,
        owner,
        salvage: damage,
        covers,
        expected: covers + 1,
        entered: false,
        report: RecoveryReport::default(),
    };
    if let Some(checkpoint) = &checkpoint {
        replay.take_checkpoint(&layout.checkpoint_file(covers), checkpoint)?;
    }
    replay.replay(files, &mut recovered)?;
    if salvage {
        segments::salvage(fs, layout, &mut replay.salvage)?;
    }
    recovered.last = covers.max(replay.expected.saturating_sub(1));
    recovered.obsolete = obsolete(&directory, &recovered.needed);
    recovered.free = directory.free;
    recovered.report = replay.report;
    recovered.report.left_out = replay.salvage.left_out;
    recovered.report.last = Position::new(recovered.last);
    recovered.report.created = checkpoint.is_none() && directory.files.is_empty();
    Ok(recovered)
}

fn obsolete(directory: &LogDirectory, needed: &[LogFile]) -> Vec<LogFile> {
    let files =
        directory.files.iter().filter(|(number, _)| !needed.iter().any(|file| file.number == *number));
    files.map(|&(number, length)| LogFile { number, first_sequence: 0, length }).collect()
}

fn newest_checkpoint(
    fs: &dyn FileSystem,
    layout: &Layout,
    directory: &LogDirectory,
    salvage: &mut Salvage<'_>,
) -> Result<Option<Checkpoint>, StoreError> {
    let mut damaged = None;
    for covers in checkpoint::list(fs, layout)? {
        match checkpoint::read(fs, layout, covers) {
            Ok(checkpoint) => {
                if checkpoint.log_file > directory.newest() {
                    let missing = layout.log_file(checkpoint.log_file);
                    salvage.damaged(StoreError::corrupt(&missing, 0, "the log file is missing"), None)?;
                }
                return Ok(Some(checkpoint));
            }
            Err(error @ StoreError::Corrupt { .. }) if salvage.is_allowed() => {
                salvage.damaged(error, None)?
            }
            // A checkpoint is only renamed into place once it is synced, so a damaged one was sound before.
            Err(error) => damaged = damaged.or(Some(error)),
        }
        if let Some(error) = damaged {
            return Err(error);
        }
    }
    Ok(None)
}
