//! A checkpoint as the bytes of its file: a header and the owner's document.

use std::path::Path;

use crate::error::StoreError;
use crate::format::{FORMAT_VERSION, Fields, crc32c};

const MAGIC: &[u8; 8] = b"WARRNCKP";
/// Length of the header; the document follows at once.
pub(super) const HEADER: usize = 64;

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

/// The header of a checkpoint with this document.
pub(super) fn header(covers: u64, epoch: u64, log_file: u64, document: &[u8]) -> [u8; HEADER] {
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

/// The checkpoint in a file's bytes, if every one of them is sound and it covers what the file's name says.
pub(super) fn decode(path: &Path, covers: u64, bytes: Vec<u8>) -> Result<Checkpoint, StoreError> {
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
