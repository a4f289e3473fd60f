//! Replay of the log: which commits are sound, where the log ends, and what damage means.

use std::path::Path;

use super::file_reader::{LogFileReader, Seen};
use super::log_files::FileToReplay;
use super::owner::Recovery;
use super::recovered::{Carried, Recovered};
use super::report::{RecoveryReport, TornTail};
use crate::checkpoint::Checkpoint;
use crate::error::StoreError;
use crate::fs::{Access, BLOCK, FileSystem};
use crate::log::{Batch, CommitHeader, LogFile, RawRecord, Record};
use crate::position::Position;
use crate::salvage::Salvage;

/// Goes through the log file by file.
pub(crate) struct Replay<'a> {
    pub fs: &'a dyn FileSystem,
    pub owner: &'a mut dyn Recovery,
    pub salvage: Salvage<'a>,
    pub covers: u64,
    /// Sequence number of the next record.
    pub expected: u64,
    /// A file was read before.
    pub entered: bool,
    pub report: RecoveryReport,
}

/// How a file's replay ended.
struct Ending {
    /// Where the valid part of the file ends.
    offset: u64,
    /// There is a torn write: the log ends here, whatever follows.
    torn: bool,
    /// The last sound commit.
    last: Option<CommitHeader>,
}

impl Replay<'_> {
    pub fn take_checkpoint(&mut self, path: &Path, checkpoint: &Checkpoint) -> Result<(), StoreError> {
        self.report.checkpoint = Some(Position::new(checkpoint.covers));
        self.owner.checkpoint(checkpoint.document()).map_err(|reason| StoreError::Refused {
            path: path.to_path_buf(),
            offset: 0,
            what: "the checkpoint".to_owned(),
            reason: reason.to_string(),
        })
    }

    pub fn replay(&mut self, files: Vec<FileToReplay>, recovered: &mut Recovered) -> Result<(), StoreError> {
        for mut file in files {
            let header = file.reader.header;
            recovered.epoch = recovered.epoch.max(header.epoch);
            self.enter(&file.reader)?;
            let ending = self.replay_file(&mut file)?;
            recovered.previous = (header.number, ending.offset);
            if !file.synced {
                let newest = ending.torn || file.end.is_none();
                self.secure(&mut file.reader, &ending, newest, recovered)?;
            }
            recovered.needed.push(LogFile {
                number: header.number,
                first_sequence: header.first_sequence,
                length: file.reader.length,
            });
            if ending.torn {
                let (path, offset) = (file.reader.path, ending.offset);
                tracing::warn!(path = %path.display(), offset, "cut off a torn tail of the log");
                self.report.torn = Some(TornTail { path, offset });
                break;
            }
        }
        Ok(())
    }

    /// Steps from one file into the next: its records must follow the last one, or be all covered up to there.
    fn enter(&mut self, reader: &LogFileReader) -> Result<(), StoreError> {
        let first = reader.header.first_sequence;
        if self.entered && first != self.expected && first.saturating_sub(1) > self.covers {
            let error = StoreError::corrupt(&reader.path, 40, "records are missing before this log file");
            self.salvage.damaged(error, Some((self.expected, first.saturating_sub(1))))?;
        }
        (self.expected, self.entered) = (first, true);
        Ok(())
    }

    /// Makes sure that what was read of a file nobody vouches for will still be there next time. Without syncs that is a sync now; with
    /// them only the last commit is in doubt, and the new run writes it again.
    fn secure(
        &mut self,
        reader: &mut LogFileReader,
        ending: &Ending,
        newest: bool,
        recovered: &mut Recovered,
    ) -> Result<(), StoreError> {
        let Some(last) = ending.last else { return Ok(()) };
        if !last.synced_before {
            let path = &reader.path;
            let file = self
                .fs
                .open(path, Access::Write { direct: false })
                .map_err(|e| StoreError::io("open", path, &e))?;
            return file.sync_data().map_err(|e| StoreError::sync(path, &e));
        }
        if !newest {
            return Ok(());
        }
        let Seen::Sound(header, mut rest) = reader.commit(last.offset)? else { return Ok(()) };
        let mut records = Batch::new();
        while let Some((record, after)) = RawRecord::split(rest) {
            records.push_raw(record.kind, record.payload)?;
            rest = after;
        }
        recovered.previous.1 = last.offset;
        // Without it, the gap that it leaves is covered.
        if header.first_sequence.saturating_add(u64::from(header.count)) > self.covers.saturating_add(1) {
            recovered.carried = Some(Carried { first_sequence: header.first_sequence, records });
        }
        Ok(())
    }

    /// Replays one file.
    fn replay_file(&mut self, file: &mut FileToReplay) -> Result<Ending, StoreError> {
        let path = file.reader.path.clone();
        let until = file.end.unwrap_or(file.reader.length);
        let (mut offset, mut last) = (BLOCK as u64, None);
        while offset < until {
            let (step, headless) = match file.reader.commit(offset)? {
                Seen::Sound(header, records) if self.is_next(&header, until) => {
                    self.commit(&path, &header, records)?;
                    (offset, last) = (offset + header.span(), Some(header));
                    continue;
                }
                Seen::Sound(header, _) | Seen::Damaged(header, _) => (header.span(), false),
                Seen::Nothing => (BLOCK as u64, true),
            };
            // Not the next commit. A write begins only after the sync of the one before it, and says so: when a later commit or file is
            // there, this one was durable and is damaged now. When there is none, it is the write that the crash interrupted.
            let later = file.reader.next_header(offset.saturating_add(step), until)?;
            let was_durable =
                (file.end.is_some() && file.synced) || later.is_some_and(|later| later.synced_before);
            if was_durable {
                (offset, last) = (self.damage(&mut file.reader, offset, until, later)?, None);
            } else {
                let torn = file.end.is_some() || !headless || later.is_some();
                return Ok(Ending { offset, torn, last });
            }
        }
        Ok(Ending { offset: until, torn: false, last })
    }

    fn is_next(&self, header: &CommitHeader, until: u64) -> bool {
        header.first_sequence == self.expected && header.offset.saturating_add(header.span()) <= until
    }

    /// Hands a sound commit's records out.
    fn commit(&mut self, path: &Path, header: &CommitHeader, records: &[u8]) -> Result<(), StoreError> {
        let mut rest = records;
        while let Some((record, after)) = RawRecord::split(rest) {
            self.record(path, header.offset, self.expected, record)?;
            self.expected += 1;
            rest = after;
        }
        self.report.log_bytes += header.span();
        Ok(())
    }

    fn record(
        &mut self,
        path: &Path,
        offset: u64,
        sequence: u64,
        raw: RawRecord<'_>,
    ) -> Result<(), StoreError> {
        if sequence <= self.covers {
            return Ok(());
        }
        let Some(record) = Record::decode(raw.kind, raw.payload) else {
            let reason = format!("record {sequence} is of a kind or shape that this version does not know");
            return self
                .salvage
                .damaged(StoreError::corrupt(path, offset, reason), Some((sequence, sequence)));
        };
        self.report.records += 1;
        self.owner.apply(Position::new(sequence), record).map_err(|reason| StoreError::Refused {
            path: path.to_path_buf(),
            offset,
            what: format!("record {sequence}"),
            reason: reason.to_string(),
        })
    }

    /// Refuses a damaged commit, or takes what is still sound of it and says where to go on.
    fn damage(
        &mut self,
        reader: &mut LogFileReader,
        offset: u64,
        until: u64,
        later: Option<CommitHeader>,
    ) -> Result<u64, StoreError> {
        let path = reader.path.clone();
        let (found, salvaged) = match reader.commit(offset)? {
            Seen::Nothing => ("no commit where one must be", None),
            Seen::Sound(..) => ("a commit that does not follow the one before it", None),
            Seen::Damaged(header, records) => ("a record's checksum does not match", Some((header, records))),
        };
        let first = self.expected;
        // The first record after the damage, as far as that is known; the next file's header says it otherwise.
        let next = later
            .map(|later| later.first_sequence)
            .or(salvaged.map(|(header, _)| header.first_sequence.saturating_add(u64::from(header.count))));
        let lost = next.map(|next| (first, next.saturating_sub(1)));
        self.salvage.damaged(StoreError::corrupt(&path, offset, found), lost)?;
        if let Some((header, records)) = salvaged.filter(|(header, _)| header.first_sequence >= first) {
            self.sound_records(&path, &header, records)?;
        }
        self.expected = next.unwrap_or(first);
        Ok(later.map_or(until, |later| later.offset))
    }

    /// Takes the sound ones of a damaged commit's records.
    fn sound_records(
        &mut self,
        path: &Path,
        header: &CommitHeader,
        records: &[u8],
    ) -> Result<(), StoreError> {
        let (mut rest, mut sequence) = (records, header.first_sequence);
        for _ in 0..header.count {
            let Some((record, after)) = RawRecord::split(rest) else { break };
            if record.is_sound(header.epoch, sequence) {
                self.record(path, header.offset, sequence, record)?;
            }
            (rest, sequence) = (after, sequence.wrapping_add(1));
        }
        Ok(())
    }
}
