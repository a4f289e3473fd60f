//! The log's files in order: from the newest file back, each names the one before it.

use std::path::{Path, PathBuf};

use super::file_reader::LogFileReader;
use crate::error::StoreError;
use crate::format::{Layout, LogName, log_name};
use crate::fs::FileSystem;
use crate::log::FileHeader;
use crate::salvage::Salvage;

/// The files of the log directory by what they are.
#[derive(Debug, Default)]
pub(crate) struct LogDirectory {
    /// Numbers of log files, lowest first, with their lengths.
    pub files: Vec<(u64, u64)>,
    /// Files that wait for reuse.
    pub free: Vec<u64>,
    /// Files that were never finished.
    pub unfinished: Vec<PathBuf>,
}

impl LogDirectory {
    pub fn read(fs: &dyn FileSystem, layout: &Layout) -> Result<Self, StoreError> {
        let mut found = Self::default();
        let entries = fs.list(layout.log()).map_err(|e| StoreError::io("list", layout.log(), &e))?;
        for entry in entries {
            match log_name(&entry.name) {
                Some(LogName::Log(number)) => found.files.push((number, entry.length)),
                Some(LogName::Free(id)) => found.free.push(id),
                Some(LogName::Unfinished) => found.unfinished.push(layout.log().join(&entry.name)),
                None => {}
            }
        }
        found.files.sort_unstable();
        found.free.sort_unstable();
        Ok(found)
    }

    pub fn newest(&self) -> u64 {
        self.files.last().map_or(0, |(number, _)| *number)
    }
}

/// A file of the log that recovery has to read, between the one before and the one after it.
#[derive(Debug)]
pub(crate) struct FileToReplay {
    pub reader: LogFileReader,
    /// Where the file's valid part ends, as the next file says; `None` for the newest.
    pub end: Option<u64>,
    /// A later file says that everything in this one was synced.
    pub synced: bool,
}

/// Finds the files that hold what comes after `covers`, oldest first. A missing or headless file among them is damage.
pub(crate) fn in_order(
    fs: &dyn FileSystem,
    layout: &Layout,
    directory: &LogDirectory,
    covers: u64,
    salvage: &mut Salvage<'_>,
) -> Result<Vec<FileToReplay>, StoreError> {
    let mut numbers: Vec<u64> = directory.files.iter().map(|(number, _)| *number).collect();
    let mut files: Vec<FileToReplay> = Vec::new();
    let mut wanted = numbers.pop();
    let (mut end, mut synced) = (None, false);
    while let Some(number) = wanted {
        let path = layout.log_file(number);
        let reader = match LogFileReader::open(fs, path.clone(), number) {
            Ok(reader) => Some(reader),
            Err(error @ StoreError::Corrupt { .. }) => {
                salvage.damaged(error, None)?;
                LogFileReader::open_headless(fs, path.clone(), number)?
            }
            Err(StoreError::Io { kind: std::io::ErrorKind::NotFound, .. }) => {
                salvage.damaged(StoreError::corrupt(&path, 0, "the log file is missing"), None)?;
                None
            }
            Err(error) => return Err(error),
        };
        let Some(reader) = reader else {
            // Only a salvage comes here: whatever older file there is may still hold something.
            wanted = numbers.pop().filter(|older| *older < number);
            (end, synced) = (None, true);
            continue;
        };
        let header = reader.header;
        files.push(FileToReplay { reader, end, synced });
        (end, synced) = (Some(header.previous_end), synced || header.synced_before);
        wanted = previous(&header, covers, &mut numbers, salvage, &path)?;
        if header.previous_number == 0 {
            end = None;
        }
    }
    files.reverse();
    Ok(files)
}

/// The file before this one, when it is needed.
fn previous(
    header: &FileHeader,
    covers: u64,
    numbers: &mut Vec<u64>,
    salvage: &mut Salvage<'_>,
    path: &Path,
) -> Result<Option<u64>, StoreError> {
    if header.first_sequence <= covers.saturating_add(1) {
        return Ok(None);
    }
    if header.previous_number == 0 || header.previous_number >= header.number {
        let error = StoreError::corrupt(path, 40, "the log begins after the end of the newest checkpoint");
        salvage.damaged(error, Some((covers.saturating_add(1), header.first_sequence.saturating_sub(1))))?;
        // A headless file does not know its predecessor: try the next older one.
        return Ok(numbers.pop().filter(|older| *older < header.number));
    }
    numbers.retain(|number| *number < header.previous_number);
    Ok(Some(header.previous_number))
}
