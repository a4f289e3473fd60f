//! The file that says in which format a directory is written.

use std::io;
use std::path::Path;

use super::layout::Layout;
use crate::error::StoreError;
use crate::fs::{Access, FileSystem, read_whole};

/// The version of the storage format that this crate reads and writes.
pub const FORMAT_VERSION: u32 = 1;

const PREFIX: &str = "warren-store ";

/// Makes sure that the directory is of this version's format; a new one is marked as such.
pub(crate) fn check(fs: &dyn FileSystem, layout: &Layout) -> Result<(), StoreError> {
    let path = layout.format_file();
    match fs.open(&path, Access::Read) {
        Ok(file) => {
            let bytes = read_whole(&*file).map_err(|e| StoreError::io("read", &path, &e))?;
            judge(&path, &bytes)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => create(fs, layout),
        Err(error) => Err(StoreError::io("open", &path, &error)),
    }
}

fn judge(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let text = String::from_utf8_lossy(bytes.get(..bytes.len().min(64)).unwrap_or_default());
    match text.trim_end().strip_prefix(PREFIX) {
        Some(version) if version == FORMAT_VERSION.to_string() => Ok(()),
        Some(other) => Err(unknown(path, other)),
        None => Err(unknown(path, &format!("{text:?}"))),
    }
}

fn unknown(path: &Path, found: &str) -> StoreError {
    StoreError::UnknownFormat { path: path.to_path_buf(), found: found.to_owned(), known: FORMAT_VERSION }
}

fn create(fs: &dyn FileSystem, layout: &Layout) -> Result<(), StoreError> {
    let path = layout.format_file();
    for directory in [layout.log(), layout.checkpoints(), layout.segments()] {
        let entries = match fs.list(directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries.map_err(|e| StoreError::io("list", directory, &e))?,
        };
        if !entries.is_empty() {
            return Err(StoreError::corrupt(&path, 0, "the format file is missing, but there is data"));
        }
    }
    let unfinished = path.with_extension("tmp");
    let file = fs
        .open(&unfinished, Access::Create { direct: false })
        .map_err(|e| StoreError::io("create", &unfinished, &e))?;
    file.write_all_at(format!("{PREFIX}{FORMAT_VERSION}\n").as_bytes(), 0)
        .map_err(|e| StoreError::io("write", &unfinished, &e))?;
    file.sync_data().map_err(|e| StoreError::sync(&unfinished, &e))?;
    // The caller syncs the directory, once everything that belongs into it is there.
    fs.rename(&unfinished, &path).map_err(|e| StoreError::io("rename", &unfinished, &e))
}

/// Makes the names of the directory and of those above it durable.
pub(crate) fn sync_ancestors(fs: &dyn FileSystem, layout: &Layout) -> Result<(), StoreError> {
    for directory in layout.root().ancestors().skip(1).filter(|ancestor| !ancestor.as_os_str().is_empty()) {
        match fs.sync_dir(directory) {
            // A directory that may not be read was not made just now.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
            synced => synced.map_err(|e| StoreError::sync(directory, &e))?,
        }
    }
    Ok(())
}
