//! The headers on disk: of a log file, and of a commit (one write of the log). All integers are little-endian.

use crate::error::StoreError;
use crate::format::{FORMAT_VERSION, Fields, crc32c};
use crate::fs::BLOCK;

/// Length of a log file's header; the rest of its block is zero.
pub(crate) const FILE_HEADER: usize = 128;
/// Length of a commit's header; its records follow at once.
pub(crate) const COMMIT_HEADER: usize = 64;

const FILE_MAGIC: &[u8; 8] = b"WARRNLOG";
pub(crate) const COMMIT_MAGIC: &[u8; 4] = b"WCMT";
const SYNCED_BEFORE: u32 = 1;

/// What a log file says about itself and about the file before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileHeader {
    /// Everything in the log before this file was synced before this file was begun.
    pub synced_before: bool,
    /// The file's number; its name says the same.
    pub number: u64,
    /// The run that writes this file; raised at each open.
    pub epoch: u64,
    /// A random number of the run, which whoever sends message bodies cannot guess.
    pub salt: u64,
    /// Sequence number of the file's first record.
    pub first_sequence: u64,
    /// Number of the file that this one continues; 0 for the first of a log.
    pub previous_number: u64,
    /// Where the valid part of that file ends; what follows there is void.
    pub previous_end: u64,
    /// Up to which length the file may be filled.
    pub capacity: u64,
}

/// Why a block is not a log file's header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BadHeader {
    NotOne,
    Version(u32),
    Checksum,
}

impl FileHeader {
    pub fn encode(&self) -> [u8; FILE_HEADER] {
        let mut out = [0; FILE_HEADER];
        out[0..8].copy_from_slice(FILE_MAGIC);
        out[8..12].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
        out[12..16].copy_from_slice(&flags(self.synced_before).to_le_bytes());
        out[16..24].copy_from_slice(&self.number.to_le_bytes());
        out[24..32].copy_from_slice(&self.epoch.to_le_bytes());
        out[32..40].copy_from_slice(&self.salt.to_le_bytes());
        out[40..48].copy_from_slice(&self.first_sequence.to_le_bytes());
        out[48..56].copy_from_slice(&self.previous_number.to_le_bytes());
        out[56..64].copy_from_slice(&self.previous_end.to_le_bytes());
        out[64..72].copy_from_slice(&self.capacity.to_le_bytes());
        let crc = crc32c(&out[..124]);
        out[124..128].copy_from_slice(&crc.to_le_bytes());
        out
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, BadHeader> {
        Self::fields(bytes).ok_or(BadHeader::NotOne).and_then(|(header, version, sound)| {
            match (version, sound) {
                (FORMAT_VERSION, true) => Ok(header),
                (FORMAT_VERSION, false) => Err(BadHeader::Checksum),
                (other, _) => Err(BadHeader::Version(other)),
            }
        })
    }

    fn fields(bytes: &[u8]) -> Option<(Self, u32, bool)> {
        let summed = bytes.get(..124)?;
        let mut fields = Fields::new(bytes.get(..FILE_HEADER)?);
        if fields.take(8)? != FILE_MAGIC {
            return None;
        }
        let (version, flags) = (fields.u32()?, fields.u32()?);
        let header = Self {
            synced_before: flags & SYNCED_BEFORE != 0,
            number: fields.u64()?,
            epoch: fields.u64()?,
            salt: fields.u64()?,
            first_sequence: fields.u64()?,
            previous_number: fields.u64()?,
            previous_end: fields.u64()?,
            capacity: fields.u64()?,
        };
        fields.take(52)?;
        Some((header, version, fields.u32()? == crc32c(summed)))
    }
}

/// What stands before the records of one write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CommitHeader {
    /// Every commit before this one was synced before this one was written.
    pub synced_before: bool,
    /// The file it was written to, so that a recycled file's old commits are never taken for new ones.
    pub file_number: u64,
    /// Where in that file.
    pub offset: u64,
    /// The run's number.
    pub epoch: u64,
    /// Sequence number of its first record.
    pub first_sequence: u64,
    /// Length of its records in bytes.
    pub length: u64,
    /// How many records.
    pub count: u32,
    /// The run's random number.
    pub salt: u64,
}

impl CommitHeader {
    pub fn encode(&self) -> [u8; COMMIT_HEADER] {
        let mut out = [0; COMMIT_HEADER];
        out[0..4].copy_from_slice(COMMIT_MAGIC);
        out[4..8].copy_from_slice(&flags(self.synced_before).to_le_bytes());
        out[8..16].copy_from_slice(&self.file_number.to_le_bytes());
        out[16..24].copy_from_slice(&self.offset.to_le_bytes());
        out[24..32].copy_from_slice(&self.epoch.to_le_bytes());
        out[32..40].copy_from_slice(&self.first_sequence.to_le_bytes());
        out[40..48].copy_from_slice(&self.length.to_le_bytes());
        out[48..52].copy_from_slice(&self.count.to_le_bytes());
        out[52..60].copy_from_slice(&self.salt.to_le_bytes());
        let crc = crc32c(&out[..60]);
        out[60..64].copy_from_slice(&crc.to_le_bytes());
        out
    }

    /// The header at the start of `bytes`, if a sound one stands there.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let summed = bytes.get(..60)?;
        let mut fields = Fields::new(bytes.get(..COMMIT_HEADER)?);
        if fields.take(4)? != COMMIT_MAGIC {
            return None;
        }
        let header = Self {
            synced_before: fields.u32()? & SYNCED_BEFORE != 0,
            file_number: fields.u64()?,
            offset: fields.u64()?,
            epoch: fields.u64()?,
            first_sequence: fields.u64()?,
            length: fields.u64()?,
            count: fields.u32()?,
            salt: fields.u64()?,
        };
        (fields.u32()? == crc32c(summed)).then_some(header)
    }

    /// The header of a commit in this file.
    pub fn within(
        file: &FileHeader,
        synced_before: bool,
        offset: u64,
        first_sequence: u64,
        count: u32,
        length: u64,
    ) -> Self {
        Self {
            synced_before,
            file_number: file.number,
            offset,
            epoch: file.epoch,
            first_sequence,
            length,
            count,
            salt: file.salt,
        }
    }

    /// Length of the whole commit on disk: header, records, padding.
    pub fn span(&self) -> u64 {
        span(self.length)
    }
}

/// Length on disk of a commit with so many bytes of records.
pub(crate) fn span(records: u64) -> u64 {
    records.saturating_add(COMMIT_HEADER as u64).checked_next_multiple_of(BLOCK as u64).unwrap_or(u64::MAX)
}

fn flags(synced_before: bool) -> u32 {
    if synced_before { SYNCED_BEFORE } else { 0 }
}

impl BadHeader {
    pub fn into_error(self, path: &std::path::Path) -> StoreError {
        match self {
            Self::NotOne => StoreError::corrupt(path, 0, "no log file header"),
            Self::Checksum => StoreError::corrupt(path, 0, "the log file header's checksum does not match"),
            Self::Version(found) => StoreError::UnknownFormat {
                path: path.to_path_buf(),
                found: found.to_string(),
                known: FORMAT_VERSION,
            },
        }
    }
}
