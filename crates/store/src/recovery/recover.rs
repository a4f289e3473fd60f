//! Recovery: the newest sound checkpoint, then every sound record after it, to the torn tail if there is one.

use super::log_files::{self, LogDirectory};
use super::owner::Recovery;
use super::recovered::Recovered;
use super::replay::Replay;
use super::report::RecoveryReport;
use crate::checkpoint::{self, Checkpoint};
use crate::error::StoreError;
use crate::format::Layout;
use crate::fs::FileSystem;
use crate::log::LogFile;
use crate::position::Position;
use crate::salvage::{Salvage, SalvageFs, salvage_segments};

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
        salvage_segments(fs, layout, &mut replay.salvage)?;
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
