//! Writing, finding and reading the files of checkpoints.

use std::path::Path;

use super::document::{Checkpoint, HEADER, decode, header};
use crate::error::StoreError;
use crate::format::{Layout, checkpoint_name};
use crate::fs::{Access, FileSystem, read_whole};

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
