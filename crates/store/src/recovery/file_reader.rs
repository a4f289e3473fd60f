//! Reads a log file commit by commit, and tells sound commits from everything else.

use std::path::PathBuf;

use crate::error::StoreError;
use crate::fs::{Access, BLOCK, File, FileSystem, read_full};
use crate::log::{COMMIT_HEADER, CommitHeader, FILE_HEADER, FileHeader, RawRecord};

/// So many bytes are read at once.
const READ_AHEAD: usize = 1 << 20;

/// What stands at an offset of a log file.
#[derive(Debug)]
pub(crate) enum Seen<'a> {
    /// No header of a commit of this file.
    Nothing,
    /// A commit's header is sound, but not all of its records; these are the bytes that are there of them.
    Damaged(CommitHeader, &'a [u8]),
    /// A sound commit and its records.
    Sound(CommitHeader, &'a [u8]),
}

/// An open log file, its header, and a window onto its bytes.
#[derive(Debug)]
pub(crate) struct LogFileReader {
    pub path: PathBuf,
    pub header: FileHeader,
    pub length: u64,
    file: Box<dyn File>,
    window: Vec<u8>,
    window_start: u64,
}

impl LogFileReader {
    /// Opens a log file and checks its header.
    pub fn open(fs: &dyn FileSystem, path: PathBuf, number: u64) -> Result<Self, StoreError> {
        let (file, length) = open(fs, &path)?;
        let mut block = [0; FILE_HEADER];
        let count = read_full(&*file, &mut block, 0).map_err(|e| StoreError::io("read", &path, &e))?;
        let header = FileHeader::decode(block.get(..count).unwrap_or_default())
            .map_err(|bad| bad.into_error(&path))?;
        if header.number != number {
            return Err(StoreError::corrupt(&path, 16, "the log file's name and header differ"));
        }
        Ok(Self { path, header, length, file, window: Vec::new(), window_start: 0 })
    }

    /// Opens a log file whose own header is of no use, with what its first sound commit says about it.
    pub fn open_headless(
        fs: &dyn FileSystem,
        path: PathBuf,
        number: u64,
    ) -> Result<Option<Self>, StoreError> {
        let (file, length) = open(fs, &path)?;
        let header = FileHeader {
            synced_before: true,
            number,
            epoch: 0,
            salt: 0,
            first_sequence: 0,
            previous_number: 0,
            previous_end: 0,
            capacity: length,
        };
        let mut reader = Self { path, header, length, file, window: Vec::new(), window_start: 0 };
        let Some(first) = reader.find(BLOCK as u64, length, |header| header.file_number == number)? else {
            return Ok(None);
        };
        reader.header.epoch = first.epoch;
        reader.header.salt = first.salt;
        reader.header.first_sequence = first.first_sequence;
        Ok(Some(reader))
    }

    /// Bytes at `offset`; fewer than `length` only at the end of the file.
    fn bytes(&mut self, offset: u64, length: usize) -> Result<&[u8], StoreError> {
        let end = offset.saturating_add(length as u64).min(self.length);
        let held = self.window_start..=self.window_start + self.window.len() as u64;
        if offset < self.window_start || !held.contains(&end) {
            let wanted = self.length.saturating_sub(offset).min(length.max(READ_AHEAD) as u64);
            self.window.resize(usize::try_from(wanted).unwrap_or_default(), 0);
            let count = read_full(&*self.file, &mut self.window, offset)
                .map_err(|e| StoreError::io("read", &self.path, &e))?;
            self.window.truncate(count);
            self.window_start = offset;
        }
        let start = usize::try_from(offset - self.window_start).unwrap_or(usize::MAX);
        let rest = self.window.get(start..).unwrap_or_default();
        Ok(rest.get(..length).unwrap_or(rest))
    }

    fn is_mine(&self, header: &CommitHeader, offset: u64) -> bool {
        header.file_number == self.header.number
            && header.offset == offset
            && header.epoch == self.header.epoch
            && header.salt == self.header.salt
    }

    /// What stands at `offset`.
    pub fn commit(&mut self, offset: u64) -> Result<Seen<'_>, StoreError> {
        let header = CommitHeader::decode(self.bytes(offset, COMMIT_HEADER)?);
        let Some(header) = header.filter(|header| self.is_mine(header, offset)) else {
            return Ok(Seen::Nothing);
        };
        let room = self.length.saturating_sub(offset);
        let whole = usize::try_from(header.span().min(room)).unwrap_or(usize::MAX);
        let records = self.bytes(offset, whole)?.get(COMMIT_HEADER..).unwrap_or_default();
        let length = usize::try_from(header.length).unwrap_or(usize::MAX);
        Ok(match records.get(..length) {
            Some(records) if all_sound(&header, records) => Seen::Sound(header, records),
            shorter_or_damaged => Seen::Damaged(header, shorter_or_damaged.unwrap_or(records)),
        })
    }

    /// The first header of a commit of this file that stands on a block between `from` and `until`.
    pub fn next_header(&mut self, from: u64, until: u64) -> Result<Option<CommitHeader>, StoreError> {
        let mine = self.header;
        self.find(from, until, |header| {
            header.file_number == mine.number && header.epoch == mine.epoch && header.salt == mine.salt
        })
    }

    fn find(
        &mut self,
        from: u64,
        until: u64,
        wanted: impl Fn(&CommitHeader) -> bool,
    ) -> Result<Option<CommitHeader>, StoreError> {
        let mut offset = from;
        while offset < until.min(self.length) {
            let found = CommitHeader::decode(self.bytes(offset, COMMIT_HEADER)?);
            if let Some(header) = found.filter(|header| header.offset == offset && wanted(header)) {
                return Ok(Some(header));
            }
            offset = offset.saturating_add(BLOCK as u64);
        }
        Ok(None)
    }
}

fn open(fs: &dyn FileSystem, path: &std::path::Path) -> Result<(Box<dyn File>, u64), StoreError> {
    let file = fs.open(path, Access::Read).map_err(|e| StoreError::io("open", path, &e))?;
    let length = file.length().map_err(|e| StoreError::io("read the length of", path, &e))?;
    Ok((file, length))
}

fn all_sound(header: &CommitHeader, records: &[u8]) -> bool {
    let (mut rest, mut sequence) = (records, header.first_sequence);
    for _ in 0..header.count {
        let Some((record, after)) = RawRecord::split(rest) else { return false };
        if !record.is_sound(header.epoch, sequence) {
            return false;
        }
        (rest, sequence) = (after, sequence.wrapping_add(1));
    }
    rest.is_empty()
}
