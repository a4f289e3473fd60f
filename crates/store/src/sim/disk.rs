//! The simulated file system: names, faults, and the crash itself.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use super::files::{Content, Fate};
use super::random::Random;
use crate::fs::{Access, Entry, File, FileSystem, LockOutcome};

/// How a simulated machine goes down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    /// The process dies; everything that it wrote is still in the page cache.
    Process,
    /// Power fails; what was not synced may be there, or not, or in part.
    Power,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Node {
    Directory,
    File(usize),
}

/// A change of names that is not durable yet.
#[derive(Debug, Clone)]
enum NameChange {
    Add(PathBuf, Node),
    /// It is this node that changes its name, whatever else had that name at another time.
    Rename(PathBuf, PathBuf, Node),
    Remove(PathBuf),
}

impl NameChange {
    fn directory(&self) -> Option<&Path> {
        match self {
            Self::Add(path, _) | Self::Rename(_, path, _) | Self::Remove(path) => path.parent(),
        }
    }

    fn apply(&self, names: &mut BTreeMap<PathBuf, Node>) {
        match self {
            Self::Add(path, node) => {
                names.insert(path.clone(), *node);
            }
            Self::Rename(from, to, node) => {
                if names.get(from) == Some(node) {
                    names.remove(from);
                }
                names.insert(to.clone(), *node);
            }
            Self::Remove(path) => {
                names.remove(path);
            }
        }
    }
}

#[derive(Debug, Clone)]
struct Disk {
    random: Random,
    live: BTreeMap<PathBuf, Node>,
    durable: BTreeMap<PathBuf, Node>,
    unsynced: Vec<NameChange>,
    files: Vec<Content>,
    locked: BTreeSet<PathBuf>,
    capacity: Option<u64>,
    /// How many changes and syncs were asked for.
    operations: u64,
    crash_at: Option<u64>,
    crashed: bool,
    fail_sync_at: Option<u64>,
    fail_write_at: Option<u64>,
    /// Places, by file and offset, that the device cannot read any more.
    unreadable: BTreeSet<(usize, u64)>,
}

/// A file system in memory.
#[derive(Debug, Clone)]
pub struct SimFs(Arc<Mutex<Disk>>);

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

fn error(kind: io::ErrorKind, text: &'static str) -> io::Error {
    io::Error::new(kind, text)
}

fn not_found() -> io::Error {
    error(io::ErrorKind::NotFound, "no such file or directory (simulated)")
}

impl Disk {
    /// Counts an operation; says whether the machine crashes in the middle of it. After a crash nothing works.
    fn operation(&mut self) -> io::Result<bool> {
        if self.crashed {
            return Err(error(io::ErrorKind::Other, "the machine is down (simulated)"));
        }
        self.operations += 1;
        self.crashed = self.crash_at.is_some_and(|at| self.operations >= at);
        Ok(self.crashed)
    }

    fn down(&self) -> io::Result<()> {
        if self.crashed {
            Err(error(io::ErrorKind::Other, "the machine goes down (simulated)"))
        } else {
            Ok(())
        }
    }

    fn change(&mut self, change: NameChange) {
        change.apply(&mut self.live);
        self.unsynced.push(change);
    }

    fn used(&self) -> u64 {
        let files = self.live.values().filter_map(|node| match node {
            Node::File(file) => self.files.get(*file),
            Node::Directory => None,
        });
        files.map(|file| file.live.len() as u64).sum()
    }

    fn write(&mut self, file: usize, bytes: &[u8], offset: u64) -> io::Result<()> {
        let crash = self.operation()?;
        let fails = self.fail_write_at.is_some_and(|at| self.operations >= at);
        if fails {
            self.fail_write_at = None;
        }
        let used = self.used();
        let Some(content) = self.files.get_mut(file) else { return Err(not_found()) };
        let offset = usize::try_from(offset).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let mut fits = bytes.len();
        if let Some(capacity) = self.capacity {
            let more = (offset + bytes.len()).saturating_sub(content.live.len()) as u64;
            let over = usize::try_from((used + more).saturating_sub(capacity)).unwrap_or(usize::MAX);
            fits = if more == 0 { fits } else { fits.saturating_sub(over) };
        }
        let full = fits < bytes.len();
        if crash || fails {
            fits = usize::try_from(self.random.below(fits as u64 + 1)).unwrap_or_default();
        }
        content.write(offset, bytes.get(..fits).unwrap_or_default());
        self.down()?;
        match (fails, full) {
            (true, _) => Err(error(io::ErrorKind::Other, "input/output error on write (simulated)")),
            (_, true) => Err(error(io::ErrorKind::StorageFull, "no space left on device (simulated)")),
            _ => Ok(()),
        }
    }

    fn sync(&mut self, file: usize) -> io::Result<()> {
        let crash = self.operation()?;
        let fails = self.fail_sync_at.is_some_and(|at| self.operations >= at);
        let Some(content) = self.files.get_mut(file) else { return Err(not_found()) };
        if fails {
            self.fail_sync_at = None;
            content.fail_sync(&mut self.random);
            return Err(error(io::ErrorKind::Other, "input/output error on sync (simulated)"));
        }
        // The machine may go down before the sync has done its work, or after it, before anybody hears of it.
        if !crash || self.random.one_in(2) {
            content.sync();
        }
        self.down()
    }

    fn sync_names(&mut self, concerned: impl Fn(&NameChange) -> bool) {
        for change in self.unsynced.extract_if(.., |change| concerned(change)) {
            change.apply(&mut self.durable);
        }
    }

    fn lose_power(&mut self) {
        let in_order = self.random.one_in(2);
        let until = self.random.below(self.unsynced.len() as u64 + 1);
        for (index, change) in std::mem::take(&mut self.unsynced).into_iter().enumerate() {
            if if in_order { (index as u64) < until } else { self.random.one_in(2) } {
                change.apply(&mut self.durable);
            }
        }
        // Nothing is left of what was in a directory that is not there; the root always is.
        for path in self.durable.keys().cloned().collect::<Vec<_>>() {
            let directory = path.parent().filter(|directory| directory.parent().is_some());
            if directory.is_some_and(|directory| !self.durable.contains_key(directory)) {
                self.durable.remove(&path);
            }
        }
        self.live.clone_from(&self.durable);
        let fate = Fate::random(&mut self.random);
        for content in &mut self.files {
            content.lose_power(fate, &mut self.random);
        }
    }
}

impl SimFs {
    /// An empty file system, with the directory `/`.
    pub fn new(seed: u64) -> Self {
        let root = BTreeMap::from([(PathBuf::from("/"), Node::Directory)]);
        Self(Arc::new(Mutex::new(Disk {
            random: Random::new(seed),
            live: root.clone(),
            durable: root,
            unsynced: Vec::new(),
            files: Vec::new(),
            locked: BTreeSet::new(),
            capacity: None,
            operations: 0,
            crash_at: None,
            crashed: false,
            fail_sync_at: None,
            fail_write_at: None,
            unreadable: BTreeSet::new(),
        })))
    }

    /// How many changes and syncs were asked for so far.
    pub fn operations(&self) -> u64 {
        self.0.lock().operations
    }

    /// The machine goes down in the middle of the operation with this number.
    pub fn crash_at(&self, operation: u64) {
        self.0.lock().crash_at = Some(operation);
    }

    /// Whether the machine is down.
    pub fn is_down(&self) -> bool {
        self.0.lock().crashed
    }

    /// The first sync from the operation with this number on fails.
    pub fn fail_sync_at(&self, operation: u64) {
        self.0.lock().fail_sync_at = Some(operation);
    }

    /// The first write from the operation with this number on fails.
    pub fn fail_write_at(&self, operation: u64) {
        self.0.lock().fail_write_at = Some(operation);
    }

    /// Bytes in all files.
    pub fn used(&self) -> u64 {
        self.0.lock().used()
    }

    /// From now on so many bytes fit; `None` for any number.
    pub fn set_capacity(&self, capacity: Option<u64>) {
        self.0.lock().capacity = capacity;
    }

    /// The machine goes down, and comes up again without any fault in store.
    pub fn restart(&self, crash: Crash) {
        let mut disk = self.0.lock();
        if crash == Crash::Power {
            disk.lose_power();
        }
        disk.locked.clear();
        disk.crashed = false;
        disk.crash_at = None;
        disk.fail_sync_at = None;
        disk.fail_write_at = None;
    }

    /// Changes a file's content, durably.
    pub fn tamper(&self, path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
        let mut disk = self.0.lock();
        let Some(Node::File(file)) = disk.live.get(path).copied() else { return };
        if let Some(content) = disk.files.get_mut(file) {
            change(&mut content.live);
            content.overwrite_durable();
        }
    }

    /// The device cannot read this place any more.
    pub fn spoil(&self, path: &Path, offset: u64) {
        let mut disk = self.0.lock();
        if let Some(Node::File(file)) = disk.live.get(path).copied() {
            disk.unreadable.insert((file, offset));
        }
    }

    /// The names of all files.
    pub fn files(&self) -> Vec<PathBuf> {
        let disk = self.0.lock();
        let files = disk.live.iter().filter(|(_, node)| matches!(node, Node::File(_)));
        files.map(|(path, _)| path.clone()).collect()
    }

    /// A copy that goes its own way from now on.
    pub fn fork(&self) -> Self {
        let disk = self.0.lock();
        Self(Arc::new(Mutex::new(Disk { locked: BTreeSet::new(), ..disk.clone() })))
    }

    /// Removes a file, durably.
    pub fn lose(&self, path: &Path) {
        let mut disk = self.0.lock();
        disk.live.remove(path);
        disk.durable.remove(path);
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
