//! Segments: files of one queue each that hold messages which outlive their log file, or which memory has no room for.
//!
//! A segment is written whole and never changed. Its bytes are summed in chunks, so that a part can be read and still be checked.

use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::bytes::{Fields, crc32c};
use crate::error::StoreError;
use crate::fs::{Access, File, read_full};
use crate::header::FORMAT_VERSION;
use crate::layout::{queue_name, segment_name};
use crate::shared::Shared;

const MAGIC: &[u8; 8] = b"WARRNSEG";
const HEADER: usize = 64;
/// Every so many bytes of a segment have a checksum of their own.
pub(crate) const CHUNK: usize = 64 << 10;
/// The longest segment, in bytes.
pub const MAX_SEGMENT: usize = 512 << 20;

/// The segments of a store's queues.
pub struct Segments {
    shared: Arc<Shared>,
}

/// A segment as its directory lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentInfo {
    /// The segment's number.
    pub segment: u64,
    /// Length of the file in bytes, header and checksums included.
    pub file_length: u64,
}

struct Header {
    length: u64,
}

fn table_length(length: u64) -> u64 {
    length.div_ceil(CHUNK as u64).saturating_mul(4)
}

fn data_offset(length: u64) -> u64 {
    HEADER as u64 + table_length(length)
}

impl Segments {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Writes a segment, in place of one of the same number. A durable one survives a loss of power once this returns; several can be
    /// written without and made durable together by [`Segments::sync_all`].
    pub fn write(&self, queue: u64, segment: u64, bytes: &[u8], durable: bool) -> Result<(), StoreError> {
        if let Some(error) = self.shared.poisoned().filter(|_| durable) {
            return Err(error.clone());
        }
        if bytes.len() > MAX_SEGMENT {
            return Err(StoreError::TooLarge {
                what: "segment",
                length: bytes.len() as u64,
                limit: MAX_SEGMENT as u64,
            });
        }
        let mut written = self.put(queue, segment, bytes, durable);
        while written.as_ref().is_err_and(StoreError::is_full) && self.shared.pool.give_room() {
            written = self.put(queue, segment, bytes, durable);
        }
        written.map_err(|error| if durable { self.shared.judge(error) } else { error })
    }

    fn put(&self, queue: u64, segment: u64, bytes: &[u8], durable: bool) -> Result<(), StoreError> {
        let (fs, layout) = (&*self.shared.fs, &self.shared.layout);
        let (directory, path) = (layout.queue_dir(queue), layout.segment_file(queue, segment));
        let unfinished = layout.unfinished_segment(queue, segment);
        let file = match fs.open(&unfinished, Access::Create { direct: false }) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs.create_dir_all(&directory).map_err(|e| StoreError::io("create", &directory, &e))?;
                fs.open(&unfinished, Access::Create { direct: false })
            }
            opened => opened,
        };
        let file = file.map_err(|e| StoreError::io("create", &unfinished, &e))?;
        let filled = fill(&*file, &unfinished, &head(queue, segment, bytes), bytes, durable);
        let renamed = filled.and_then(|()| {
            fs.rename(&unfinished, &path).map_err(|e| StoreError::io("rename", &unfinished, &e))
        });
        if let Err(error) = renamed {
            let _left = fs.remove_file(&unfinished);
            return Err(error);
        }
        if durable {
            // The queue's directory may be new, or may have come with a write that was not durable.
            for directory in [&*directory, layout.segments()] {
                fs.sync_dir(directory).map_err(|e| StoreError::sync(directory, &e))?;
            }
        }
        Ok(())
    }

    /// Makes every segment that was written so far durable, with one sync of the whole file system.
    pub fn sync_all(&self) -> Result<(), StoreError> {
        let root = self.shared.layout.root();
        let synced = self.shared.fs.sync_all(root).map_err(|e| StoreError::sync(root, &e));
        synced.map_err(|error| self.shared.judge(error))
    }

    /// Reads a whole segment and checks every byte.
    pub fn read(&self, queue: u64, segment: u64) -> Result<Vec<u8>, StoreError> {
        let opened = self.open(queue, segment)?;
        let length = opened.header.length;
        self.part(&opened, 0, length)
    }

    /// Reads up to `length` bytes from `offset` of a segment, fewer at its end; the chunks that they lie in are checked.
    pub fn read_range(
        &self,
        queue: u64,
        segment: u64,
        offset: u64,
        length: usize,
    ) -> Result<Vec<u8>, StoreError> {
        let opened = self.open(queue, segment)?;
        let end = offset.saturating_add(length as u64).min(opened.header.length);
        if offset >= end {
            return Ok(Vec::new());
        }
        let first = offset - offset % CHUNK as u64;
        let last = end.next_multiple_of(CHUNK as u64).min(opened.header.length);
        let mut bytes = self.part(&opened, first, last)?;
        bytes.truncate(usize::try_from(end - first).unwrap_or(usize::MAX));
        bytes.drain(..usize::try_from(offset - first).unwrap_or_default());
        Ok(bytes)
    }

    /// Length of a segment's content, in bytes.
    pub fn length(&self, queue: u64, segment: u64) -> Result<u64, StoreError> {
        Ok(self.open(queue, segment)?.header.length)
    }

    fn open(&self, queue: u64, segment: u64) -> Result<Opened, StoreError> {
        let path = self.shared.layout.segment_file(queue, segment);
        let file = self.shared.fs.open(&path, Access::Read).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => StoreError::NoSegment { queue, segment },
            _ => StoreError::io("open", &path, &error),
        })?;
        let mut bytes = [0; HEADER];
        let count = read_full(&*file, &mut bytes, 0).map_err(|e| StoreError::io("read", &path, &e))?;
        let header = header(&path, queue, segment, bytes.get(..count).unwrap_or_default())?;
        let length = file.length().map_err(|e| StoreError::io("read the length of", &path, &e))?;
        if length != data_offset(header.length).saturating_add(header.length) {
            return Err(StoreError::corrupt(&path, length, "the segment's length does not match its header"));
        }
        Ok(Opened { path, file, header })
    }

    /// Reads whole chunks.
    fn part(&self, opened: &Opened, start: u64, end: u64) -> Result<Vec<u8>, StoreError> {
        let chunk = CHUNK as u64;
        let table_start = HEADER as u64 + table_length(start);
        let table = opened.bytes(table_start, HEADER as u64 + table_length(end))?;
        let data = data_offset(opened.header.length);
        let bytes = opened.bytes(data + start, data + end)?;
        for (index, (part, sum)) in bytes.chunks(CHUNK).zip(table.chunks_exact(4)).enumerate() {
            if crc32c(part).to_le_bytes() != sum {
                let at = data + start + index as u64 * chunk;
                return Err(StoreError::corrupt(&opened.path, at, "a segment's checksum does not match"));
            }
        }
        Ok(bytes)
    }

    /// Removes a segment; one that is not there is fine.
    pub fn delete(&self, queue: u64, segment: u64) -> Result<(), StoreError> {
        self.remove(&self.shared.layout.segment_file(queue, segment))
    }

    fn remove(&self, path: &Path) -> Result<(), StoreError> {
        match self.shared.fs.remove_file(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed.map_err(|e| StoreError::io("remove", path, &e)),
        }
    }

    /// The segments of a queue, lowest number first.
    pub fn list(&self, queue: u64) -> Result<Vec<SegmentInfo>, StoreError> {
        let entries = self.entries(&self.shared.layout.queue_dir(queue))?;
        let mut found: Vec<SegmentInfo> = entries
            .iter()
            .filter_map(|entry| {
                Some(SegmentInfo { segment: segment_name(&entry.name)?, file_length: entry.length })
            })
            .collect();
        found.sort_unstable_by_key(|info| info.segment);
        Ok(found)
    }

    /// The queues that have segments, or had, lowest number first.
    pub fn queues(&self) -> Result<Vec<u64>, StoreError> {
        let entries = self.entries(self.shared.layout.segments())?;
        let mut found: Vec<u64> = entries
            .iter()
            .filter(|entry| entry.directory)
            .filter_map(|entry| queue_name(&entry.name))
            .collect();
        found.sort_unstable();
        Ok(found)
    }

    fn entries(&self, directory: &Path) -> Result<Vec<crate::fs::Entry>, StoreError> {
        match self.shared.fs.list(directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            entries => entries.map_err(|e| StoreError::io("list", directory, &e)),
        }
    }

    /// Removes all segments of a queue, and what interrupted writes left.
    pub fn delete_queue(&self, queue: u64) -> Result<(), StoreError> {
        let directory = self.shared.layout.queue_dir(queue);
        let entries = self.entries(&directory)?;
        for entry in &entries {
            self.remove(&directory.join(&entry.name))?;
        }
        match self.shared.fs.remove_dir(&directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed.map_err(|e| StoreError::io("remove", &directory, &e)),
        }
    }
}

struct Opened {
    path: std::path::PathBuf,
    file: Box<dyn File>,
    header: Header,
}

impl Opened {
    fn bytes(&self, start: u64, end: u64) -> Result<Vec<u8>, StoreError> {
        let length = usize::try_from(end.saturating_sub(start)).unwrap_or_default();
        let mut bytes = vec![0; length];
        let count =
            read_full(&*self.file, &mut bytes, start).map_err(|e| StoreError::io("read", &self.path, &e))?;
        if count < length {
            return Err(StoreError::corrupt(&self.path, start + count as u64, "the segment ends too early"));
        }
        Ok(bytes)
    }
}

fn fill(file: &dyn File, path: &Path, head: &[u8], bytes: &[u8], durable: bool) -> Result<(), StoreError> {
    file.write_all_at(head, 0).map_err(|e| StoreError::io("write", path, &e))?;
    file.write_all_at(bytes, head.len() as u64).map_err(|e| StoreError::io("write", path, &e))?;
    if durable {
        file.sync_data().map_err(|e| StoreError::sync(path, &e))?;
    }
    Ok(())
}

/// The header and the table of checksums.
fn head(queue: u64, segment: u64, bytes: &[u8]) -> Vec<u8> {
    let mut out =
        Vec::with_capacity(HEADER + usize::try_from(table_length(bytes.len() as u64)).unwrap_or_default());
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
    out.extend_from_slice(&0_u32.to_le_bytes());
    out.extend_from_slice(&queue.to_le_bytes());
    out.extend_from_slice(&segment.to_le_bytes());
    out.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
    out.resize(HEADER - 4, 0);
    let crc = crc32c(&out);
    out.extend_from_slice(&crc.to_le_bytes());
    for chunk in bytes.chunks(CHUNK) {
        out.extend_from_slice(&crc32c(chunk).to_le_bytes());
    }
    out
}

fn header(path: &Path, queue: u64, segment: u64, bytes: &[u8]) -> Result<Header, StoreError> {
    let parts = || {
        let summed = bytes.get(..HEADER - 4)?;
        let mut fields = Fields::new(bytes.get(..HEADER)?);
        (fields.take(8)? == MAGIC).then_some(())?;
        let version = fields.u32()?;
        fields.u32()?;
        let (for_queue, number, length) = (fields.u64()?, fields.u64()?, fields.u64()?);
        fields.take(20)?;
        Some((version, for_queue, number, length, fields.u32()? == crc32c(summed)))
    };
    let (version, for_queue, number, length, sound) =
        parts().ok_or_else(|| StoreError::corrupt(path, 0, "no segment header"))?;
    if version != FORMAT_VERSION {
        let found = version.to_string();
        return Err(StoreError::UnknownFormat { path: path.to_path_buf(), found, known: FORMAT_VERSION });
    }
    if !sound || (for_queue, number) != (queue, segment) || length > MAX_SEGMENT as u64 {
        return Err(StoreError::corrupt(path, 0, "the segment's header does not match its checksum or name"));
    }
    Ok(Header { length })
}
