//! Recovery: the newest sound checkpoint, then every sound record after it, to the torn tail if there is one.

use std::path::{Path, PathBuf};

use crate::batch::Batch;
use crate::chain::{self, Link, LogDirectory};
use crate::checkpoint::{self, Checkpoint};
use crate::error::{RefusedBecause, StoreError};
use crate::fs::{Access, FileSystem};
use crate::header::{BLOCK, CommitHeader};
use crate::layout::Layout;
use crate::position::Position;
use crate::reader::{LogReader, Seen};
use crate::record::{RawRecord, Record};
use crate::salvage::{LeftOut, Salvage};

/// The owner of the data, who takes it back when a store is opened.
pub trait Recovery {
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

/// A log file that is still needed, or was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LogFile {
    pub number: u64,
    pub first_sequence: u64,
    pub length: u64,
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

struct Replay<'a> {
    fs: &'a dyn FileSystem,
    owner: &'a mut dyn Recovery,
    salvage: Salvage<'a>,
    covers: u64,
    /// Sequence number of the next record.
    expected: u64,
    /// A file was read before.
    entered: bool,
    report: RecoveryReport,
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
    let directory = LogDirectory::read(fs, layout)?;
    for path in &directory.unfinished {
        fs.remove_file(path).map_err(|e| StoreError::io("remove", path, &e))?;
    }
    let mut salvage = Salvage::new(fs, layout, salvage);
    let checkpoint = newest_checkpoint(fs, layout, &directory, &mut salvage)?;
    let covers = checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.covers);
    let links = chain::find(fs, layout, &directory, covers, &mut salvage)?;
    let mut recovered = Recovered {
        newest: directory.newest().max(checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.log_file)),
        epoch: checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.epoch),
        ..Recovered::default()
    };
    let mut replay = Replay {
        fs,
        owner,
        salvage,
        covers,
        expected: covers + 1,
        entered: false,
        report: RecoveryReport::default(),
    };
    if let Some(checkpoint) = &checkpoint {
        replay.take_checkpoint(&layout.checkpoint_file(covers), checkpoint)?;
    }
    replay.files(links, &mut recovered)?;
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

impl Replay<'_> {
    fn take_checkpoint(&mut self, path: &Path, checkpoint: &Checkpoint) -> Result<(), StoreError> {
        self.report.checkpoint = Some(Position::new(checkpoint.covers));
        self.owner.checkpoint(checkpoint.document()).map_err(|reason| StoreError::Refused {
            path: path.to_path_buf(),
            offset: 0,
            what: "the checkpoint".to_owned(),
            reason: reason.to_string(),
        })
    }

    fn files(&mut self, links: Vec<Link>, recovered: &mut Recovered) -> Result<(), StoreError> {
        for mut link in links {
            let header = link.reader.header;
            recovered.epoch = recovered.epoch.max(header.epoch);
            self.enter(&link.reader)?;
            let ending = self.file(&mut link)?;
            recovered.previous = (header.number, ending.offset);
            if !link.synced {
                let newest = ending.torn || link.end.is_none();
                self.secure(&mut link.reader, &ending, newest, recovered)?;
            }
            recovered.needed.push(LogFile {
                number: header.number,
                first_sequence: header.first_sequence,
                length: link.reader.length,
            });
            if ending.torn {
                let (path, offset) = (link.reader.path, ending.offset);
                tracing::warn!(path = %path.display(), offset, "cut off a torn tail of the log");
                self.report.torn = Some(TornTail { path, offset });
                break;
            }
        }
        Ok(())
    }

    /// Steps from one file into the next: its records must follow the last one, or be all covered up to there.
    fn enter(&mut self, reader: &LogReader) -> Result<(), StoreError> {
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
        reader: &mut LogReader,
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
    fn file(&mut self, link: &mut Link) -> Result<Ending, StoreError> {
        let path = link.reader.path.clone();
        let until = link.end.unwrap_or(link.reader.length);
        let (mut offset, mut last) = (BLOCK as u64, None);
        while offset < until {
            let (step, headless) = match link.reader.commit(offset)? {
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
            let later = link.reader.next_header(offset.saturating_add(step), until)?;
            let was_durable =
                (link.end.is_some() && link.synced) || later.is_some_and(|later| later.synced_before);
            if was_durable {
                (offset, last) = (self.damage(&mut link.reader, offset, until, later)?, None);
            } else {
                let torn = link.end.is_some() || !headless || later.is_some();
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
        reader: &mut LogReader,
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
