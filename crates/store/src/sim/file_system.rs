//! The simulated disk as the store sees it: a file system.

use std::any::Any;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use super::contents::Content;
use super::disk::{Disk, error, not_found};
use super::names::{NameChange, Node};
use crate::fs::{Access, Entry, File, FileSystem, LockOutcome};

/// A file system in memory.
#[derive(Debug, Clone)]
pub struct SimFs(pub(super) Arc<Mutex<Disk>>);

#[derive(Debug)]
struct SimFile {
    disk: Arc<Mutex<Disk>>,
    file: usize,
}

/// A lock that is held as long as this lives.
struct SimLock {
    disk: Arc<Mutex<Disk>>,
    path: PathBuf,
}

impl Drop for SimLock {
    fn drop(&mut self) {
        self.disk.lock().locked.remove(&self.path);
    }
}

impl File for SimFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let disk = self.disk.lock();
        disk.down()?;
        let content = disk.files.get(self.file).ok_or_else(not_found)?;
        let asked = (self.file, offset)..(self.file, offset + buffer.len() as u64);
        if disk.unreadable.range(asked).next().is_some() {
            return Err(error(io::ErrorKind::Other, "input/output error on read (simulated)"));
        }
        let rest = content.live.get(usize::try_from(offset).unwrap_or(usize::MAX)..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(rest) {
            *to = *from;
        }
        Ok(count)
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.disk.lock().write(self.file, bytes, offset)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.disk.lock().sync(self.file)
    }

    fn length(&self) -> io::Result<u64> {
        let disk = self.disk.lock();
        disk.down()?;
        disk.files.get(self.file).map(|content| content.live.len() as u64).ok_or_else(not_found)
    }
}

impl FileSystem for SimFs {
    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        let mut disk = self.0.lock();
        let mut missing: Vec<&Path> =
            path.ancestors().take_while(|ancestor| !disk.live.contains_key(*ancestor)).collect();
        while let Some(directory) = missing.pop() {
            disk.operation()?;
            disk.change(NameChange::Add(directory.to_path_buf(), Node::Directory));
            disk.down()?;
        }
        Ok(())
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<Entry>> {
        let disk = self.0.lock();
        disk.down()?;
        if disk.live.get(directory) != Some(&Node::Directory) {
            return Err(not_found());
        }
        let inside = disk.live.iter().filter(|(path, _)| path.parent() == Some(directory));
        let entry = |(path, node): (&PathBuf, &Node)| {
            let name = path.file_name()?.to_str()?.to_owned();
            Some(match node {
                Node::Directory => Entry { name, length: 0, directory: true },
                Node::File(file) => {
                    Entry { name, length: disk.files.get(*file)?.live.len() as u64, directory: false }
                }
            })
        };
        Ok(inside.filter_map(entry).collect())
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>> {
        let mut disk = self.0.lock();
        disk.down()?;
        let node = disk.live.get(path).copied();
        let file = match (node, access) {
            (Some(Node::Directory), _) => {
                return Err(error(io::ErrorKind::IsADirectory, "a directory (simulated)"));
            }
            (None, Access::Read | Access::Write { .. }) => return Err(not_found()),
            (Some(Node::File(file)), Access::Read | Access::Write { .. }) => file,
            (Some(Node::File(file)), Access::Create { .. }) => {
                disk.operation()?;
                if let Some(content) = disk.files.get_mut(file) {
                    content.truncate();
                }
                disk.down()?;
                file
            }
            (None, Access::Create { .. }) => {
                if !path.parent().is_some_and(|directory| disk.live.contains_key(directory)) {
                    return Err(not_found());
                }
                disk.operation()?;
                disk.files.push(Content::default());
                let file = disk.files.len() - 1;
                disk.change(NameChange::Add(path.to_path_buf(), Node::File(file)));
                disk.down()?;
                file
            }
        };
        Ok(Box::new(SimFile { disk: Arc::clone(&self.0), file }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut disk = self.0.lock();
        disk.operation()?;
        let node = disk.live.get(from).copied().ok_or_else(not_found)?;
        disk.change(NameChange::Rename(from.to_path_buf(), to.to_path_buf(), node));
        disk.down()
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let mut disk = self.0.lock();
        disk.operation()?;
        if !matches!(disk.live.get(path), Some(Node::File(_))) {
            return Err(not_found());
        }
        disk.change(NameChange::Remove(path.to_path_buf()));
        disk.down()
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        let mut disk = self.0.lock();
        disk.operation()?;
        if !disk.live.contains_key(path) {
            return Err(not_found());
        }
        if disk.live.keys().any(|other| other.parent() == Some(path)) {
            return Err(error(io::ErrorKind::DirectoryNotEmpty, "the directory is not empty (simulated)"));
        }
        disk.change(NameChange::Remove(path.to_path_buf()));
        disk.down()
    }

    fn sync_dir(&self, directory: &Path) -> io::Result<()> {
        let mut disk = self.0.lock();
        let crash = disk.operation()?;
        if !crash || disk.random.one_in(2) {
            disk.sync_names(|change| change.directory() == Some(directory));
        }
        disk.down()
    }

    fn sync_all(&self, _: &Path) -> io::Result<()> {
        let mut disk = self.0.lock();
        let crash = disk.operation()?;
        if !crash || disk.random.one_in(2) {
            disk.sync_names(|_| true);
            disk.files.iter_mut().for_each(Content::sync);
        }
        disk.down()
    }

    fn free_space(&self, _: &Path) -> io::Result<u64> {
        let disk = self.0.lock();
        Ok(disk.capacity.map_or(u64::MAX, |capacity| capacity.saturating_sub(disk.used())))
    }

    fn lock(&self, path: &Path) -> io::Result<LockOutcome> {
        let mut disk = self.0.lock();
        disk.down()?;
        if !disk.locked.insert(path.to_path_buf()) {
            return Ok(LockOutcome::HeldBy(None));
        }
        let lock: Box<dyn Any + Send + Sync> =
            Box::new(SimLock { disk: Arc::clone(&self.0), path: path.to_path_buf() });
        Ok(LockOutcome::Held(lock))
    }
}
