//! One segment on disk: a header, a table of checksums, and the content in chunks of 64 KiB that each have one.

use std::io;
use std::path::{Path, PathBuf};

use crate::error::StoreError;
use crate::format::{FORMAT_VERSION, Fields, Layout, crc32c};
use crate::fs::{Access, File, FileSystem, read_full};

const MAGIC: &[u8; 8] = b"WARRNSEG";
const HEADER: usize = 64;
/// Every so many bytes of a segment have a checksum of their own.
const CHUNK: usize = 64 << 10;
/// The longest segment, in bytes: as long as the longest record, because a large message has a segment of its own.
pub const MAX_SEGMENT: usize = 576 << 20;

/// A segment that is open for reading, with a sound header.
pub(crate) struct SegmentFile {
    path: PathBuf,
    file: Box<dyn File>,
    /// Length of the content in bytes.
    pub length: u64,
}

fn table_length(length: u64) -> u64 {
    length.div_ceil(CHUNK as u64).saturating_mul(4)
}

fn content_offset(length: u64) -> u64 {
    HEADER as u64 + table_length(length)
}

/// Writes a segment's bytes into a file; `sync` makes them durable.
pub(crate) fn fill(
    file: &dyn File,
    path: &Path,
    queue: u64,
    segment: u64,
    content: &[u8],
    sync: bool,
) -> Result<(), StoreError> {
    let head = head(queue, segment, content);
    file.write_all_at(&head, 0).map_err(|e| StoreError::io("write", path, &e))?;
    file.write_all_at(content, head.len() as u64).map_err(|e| StoreError::io("write", path, &e))?;
    if sync {
        file.sync_data().map_err(|e| StoreError::sync(path, &e))?;
    }
    Ok(())
}

/// The header and the table of checksums.
fn head(queue: u64, segment: u64, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEADER + content.len() / (CHUNK / 4) + 4);
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
    out.extend_from_slice(&0_u32.to_le_bytes());
    out.extend_from_slice(&queue.to_le_bytes());
    out.extend_from_slice(&segment.to_le_bytes());
    out.extend_from_slice(&(content.len() as u64).to_le_bytes());
    out.resize(HEADER - 4, 0);
    let crc = crc32c(&out);
    out.extend_from_slice(&crc.to_le_bytes());
    for chunk in content.chunks(CHUNK) {
        out.extend_from_slice(&crc32c(chunk).to_le_bytes());
    }
    out
}

impl SegmentFile {
    pub fn open(fs: &dyn FileSystem, layout: &Layout, queue: u64, segment: u64) -> Result<Self, StoreError> {
        let path = layout.segment_file(queue, segment);
        let file = fs.open(&path, Access::Read).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => StoreError::NoSegment { queue, segment },
            _ => StoreError::io("open", &path, &error),
        })?;
        let mut bytes = [0; HEADER];
        let count = read_full(&*file, &mut bytes, 0).map_err(|e| StoreError::io("read", &path, &e))?;
        let length = content_length(&path, queue, segment, bytes.get(..count).unwrap_or_default())?;
        let file_length = file.length().map_err(|e| StoreError::io("read the length of", &path, &e))?;
        if file_length != content_offset(length).saturating_add(length) {
            let reason = "the segment's length does not match its header";
            return Err(StoreError::corrupt(&path, file_length, reason));
        }
        Ok(Self { path, file, length })
    }

    /// Reads up to `length` bytes of the content from `offset` on, fewer at its end; the chunks that they lie in are checked.
    pub fn read(&self, offset: u64, length: u64) -> Result<Vec<u8>, StoreError> {
        let end = offset.saturating_add(length).min(self.length);
        if offset >= end {
            return Ok(Vec::new());
        }
        let first = offset - offset % CHUNK as u64;
        let last = end.next_multiple_of(CHUNK as u64).min(self.length);
        let mut bytes = self.chunks(first, last)?;
        bytes.truncate(usize::try_from(end - first).unwrap_or(usize::MAX));
        if offset > first {
            bytes.drain(..usize::try_from(offset - first).unwrap_or_default());
        }
        Ok(bytes)
    }

    /// Reads and checks whole chunks.
    fn chunks(&self, start: u64, end: u64) -> Result<Vec<u8>, StoreError> {
        let header = HEADER as u64;
        let table = self.bytes(header + table_length(start), header + table_length(end))?;
        let content = content_offset(self.length);
        let bytes = self.bytes(content + start, content + end)?;
        let mut at = content + start;
        for (chunk, sum) in bytes.chunks(CHUNK).zip(table.chunks_exact(4)) {
            if crc32c(chunk).to_le_bytes() != sum {
                return Err(StoreError::corrupt(&self.path, at, "a segment's checksum does not match"));
            }
            at += CHUNK as u64;
        }
        Ok(bytes)
    }

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

/// The length of the content, if the header is a sound one of this segment.
fn content_length(path: &Path, queue: u64, segment: u64, bytes: &[u8]) -> Result<u64, StoreError> {
    let header = fields(bytes).ok_or_else(|| StoreError::corrupt(path, 0, "no segment header"))?;
    if header.version != FORMAT_VERSION {
        let found = header.version.to_string();
        return Err(StoreError::UnknownFormat { path: path.to_path_buf(), found, known: FORMAT_VERSION });
    }
    if !header.sound || (header.queue, header.segment) != (queue, segment) {
        return Err(StoreError::corrupt(path, 0, "the segment's header does not match its checksum or name"));
    }
    if header.length > MAX_SEGMENT as u64 {
        return Err(StoreError::corrupt(
            path,
            32,
            "the segment says that it is longer than a segment may be",
        ));
    }
    Ok(header.length)
}

struct Header {
    version: u32,
    queue: u64,
    segment: u64,
    length: u64,
    sound: bool,
}

fn fields(bytes: &[u8]) -> Option<Header> {
    let summed = bytes.get(..HEADER - 4)?;
    let mut fields = Fields::new(bytes.get(..HEADER)?);
    (fields.take(8)? == MAGIC).then_some(())?;
    let version = fields.u32()?;
    fields.u32()?;
    let (queue, segment, length) = (fields.u64()?, fields.u64()?, fields.u64()?);
    fields.take(20)?;
    let sound = fields.u32()? == crc32c(summed);
    Some(Header { version, queue, segment, length, sound })
}
