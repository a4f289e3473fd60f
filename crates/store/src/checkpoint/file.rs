//! Checkpoints: one document that stands for everything in the log up to a position.

use std::path::Path;

use crate::error::StoreError;
use crate::format::{FORMAT_VERSION, Fields, Layout, checkpoint_name, crc32c};
use crate::fs::{Access, FileSystem, read_whole};

const MAGIC: &[u8; 8] = b"WARRNCKP";
const HEADER: usize = 64;

/// A checkpoint that was read and found sound.
#[derive(Debug)]
pub(crate) struct Checkpoint {
    /// The last record that the document holds.
    pub covers: u64,
    /// The run that wrote it.
    pub epoch: u64,
    /// The newest log file at that time; it, or a newer one, must still be there.
    pub log_file: u64,
    bytes: Vec<u8>,
}

impl Checkpoint {
    pub fn document(&self) -> &[u8] {
        self.bytes.get(HEADER..).unwrap_or_default()
    }
}

fn header(covers: u64, epoch: u64, log_file: u64, document: &[u8]) -> [u8; HEADER] {
    let mut out = [0; HEADER];
    out[0..8].copy_from_slice(MAGIC);
    out[8..12].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
    out[16..24].copy_from_slice(&covers.to_le_bytes());
    out[24..32].copy_from_slice(&epoch.to_le_bytes());
    out[32..40].copy_from_slice(&log_file.to_le_bytes());
    out[40..48].copy_from_slice(&(document.len() as u64).to_le_bytes());
    out[48..52].copy_from_slice(&crc32c(document).to_le_bytes());
    let crc = crc32c(&out[..60]);
    out[60..64].copy_from_slice(&crc.to_le_bytes());
    out
}

/// Makes a checkpoint durable: another name, sync, rename, sync of the directory. Older ones are removed only after that.
pub(crate) fn write(
    fs: &dyn FileSystem,
    layout: &Layout,
    covers: u64,
    epoch: u64,
    log_file: u64,
    document: &[u8],
) -> Result<(), StoreError> {
    let (unfinished, path) = (layout.unfinished_checkpoint(), layout.checkpoint_file(covers));
    let written = fill(fs, &unfinished, &header(covers, epoch, log_file, document), document);
    let renamed = written
        .and_then(|()| fs.rename(&unfinished, &path).map_err(|e| StoreError::io("rename", &unfinished, &e)));
    if let Err(error) = renamed {
        // The half-written file is of no use; when it cannot be removed either, the next checkpoint replaces it.
        let _left = fs.remove_file(&unfinished);
        return Err(error);
    }
    fs.sync_dir(layout.checkpoints()).map_err(|e| StoreError::sync(layout.checkpoints(), &e))?;
    for older in list(fs, layout)?.into_iter().filter(|older| *older != covers) {
        let path = layout.checkpoint_file(older);
        if let Err(error) = fs.remove_file(&path) {
            tracing::warn!(path = %path.display(), %error, "cannot remove an old checkpoint");
        }
    }
    Ok(())
}

fn fill(fs: &dyn FileSystem, path: &Path, header: &[u8], document: &[u8]) -> Result<(), StoreError> {
    let file =
        fs.open(path, Access::Create { direct: false }).map_err(|e| StoreError::io("create", path, &e))?;
    file.write_all_at(header, 0).map_err(|e| StoreError::io("write", path, &e))?;
    file.write_all_at(document, HEADER as u64).map_err(|e| StoreError::io("write", path, &e))?;
    file.sync_data().map_err(|e| StoreError::sync(path, &e))
}

/// The positions of all checkpoints, newest first.
pub(crate) fn list(fs: &dyn FileSystem, layout: &Layout) -> Result<Vec<u64>, StoreError> {
    let entries =
        fs.list(layout.checkpoints()).map_err(|e| StoreError::io("list", layout.checkpoints(), &e))?;
    let mut found: Vec<u64> = entries.iter().filter_map(|entry| checkpoint_name(&entry.name)).collect();
    found.sort_unstable_by(|a, b| b.cmp(a));
    Ok(found)
}

/// Reads a checkpoint and checks every byte of it.
pub(crate) fn read(fs: &dyn FileSystem, layout: &Layout, covers: u64) -> Result<Checkpoint, StoreError> {
    let path = layout.checkpoint_file(covers);
    let file = fs.open(&path, Access::Read).map_err(|e| StoreError::io("open", &path, &e))?;
    let bytes = read_whole(&*file).map_err(|e| StoreError::io("read", &path, &e))?;
    decode(&path, covers, bytes)
}

fn decode(path: &Path, covers: u64, bytes: Vec<u8>) -> Result<Checkpoint, StoreError> {
    let parts = fields(&bytes).ok_or_else(|| StoreError::corrupt(path, 0, "no checkpoint header"))?;
    if parts.version != FORMAT_VERSION {
        let found = parts.version.to_string();
        return Err(StoreError::UnknownFormat { path: path.to_path_buf(), found, known: FORMAT_VERSION });
    }
    if !parts.sound {
        return Err(StoreError::corrupt(path, 0, "the checkpoint header's checksum does not match"));
    }
    if parts.covers != covers {
        return Err(StoreError::corrupt(path, 16, "the checkpoint's name and header differ"));
    }
    let document = bytes.get(HEADER..).unwrap_or_default();
    if document.len() as u64 != parts.length || crc32c(document) != parts.document_crc {
        return Err(StoreError::corrupt(
            path,
            HEADER as u64,
            "the document's length or checksum does not match",
        ));
    }
    Ok(Checkpoint { covers, epoch: parts.epoch, log_file: parts.log_file, bytes })
}

struct Parts {
    version: u32,
    covers: u64,
    epoch: u64,
    log_file: u64,
    length: u64,
    document_crc: u32,
    sound: bool,
}

fn fields(bytes: &[u8]) -> Option<Parts> {
    let summed = bytes.get(..60)?;
    let mut fields = Fields::new(bytes.get(..HEADER)?);
    if fields.take(8)? != MAGIC {
        return None;
    }
    let version = fields.u32()?;
    fields.u32()?;
    let (covers, epoch, log_file, length) = (fields.u64()?, fields.u64()?, fields.u64()?, fields.u64()?);
    let document_crc = fields.u32()?;
    fields.take(8)?;
    let sound = fields.u32()? == crc32c(summed);
    Some(Parts { version, covers, epoch, log_file, length, document_crc, sound })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_with_any_byte_changed_is_refused() {
        let document = b"metadata of a small broker";
        let mut bytes = header(7, 3, 5, document).to_vec();
        bytes.extend_from_slice(document);
        let path = Path::new("checkpoint");
        let sound = decode(path, 7, bytes.clone()).unwrap();
        assert_eq!((sound.covers, sound.epoch, sound.log_file), (7, 3, 5));
        assert_eq!(sound.document(), document);
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x10;
            assert!(decode(path, 7, damaged).is_err(), "byte {at}");
            assert!(decode(path, 7, bytes[..at].to_vec()).is_err(), "length {at}");
        }
    }
}
