//! The simulated disk: what it holds, which operation fails, and what a loss of power leaves.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;

use super::contents::{Content, Fate};
use super::names::{NameChange, Node};
use super::random::Random;

#[derive(Debug, Clone)]
pub(super) struct Disk {
    pub random: Random,
    pub live: BTreeMap<PathBuf, Node>,
    pub durable: BTreeMap<PathBuf, Node>,
    pub unsynced: Vec<NameChange>,
    pub files: Vec<Content>,
    pub locked: BTreeSet<PathBuf>,
    pub capacity: Option<u64>,
    /// How many changes and syncs were asked for.
    pub operations: u64,
    pub crash_at: Option<u64>,
    pub crashed: bool,
    pub fail_sync_at: Option<u64>,
    pub fail_write_at: Option<u64>,
    /// Places, by file and offset, that the device cannot read any more.
    pub unreadable: BTreeSet<(usize, u64)>,
}

pub(super) fn error(kind: io::ErrorKind, text: &'static str) -> io::Error {
    io::Error::new(kind, text)
}

pub(super) fn not_found() -> io::Error {
    error(io::ErrorKind::NotFound, "no such file or directory (simulated)")
}

impl Disk {
    /// An empty disk, with the directory `/`.
    pub fn new(seed: u64) -> Self {
        let root = BTreeMap::from([(PathBuf::from("/"), Node::Directory)]);
        Self {
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
        }
    }

    /// Counts an operation; says whether the machine crashes in the middle of it. After a crash nothing works.
    pub fn operation(&mut self) -> io::Result<bool> {
        if self.crashed {
            return Err(error(io::ErrorKind::Other, "the machine is down (simulated)"));
        }
        self.operations += 1;
        self.crashed = self.crash_at.is_some_and(|at| self.operations >= at);
        Ok(self.crashed)
    }

    pub fn down(&self) -> io::Result<()> {
        if self.crashed {
            Err(error(io::ErrorKind::Other, "the machine goes down (simulated)"))
        } else {
            Ok(())
        }
    }

    pub fn change(&mut self, change: NameChange) {
        change.apply(&mut self.live);
        self.unsynced.push(change);
    }

    pub fn used(&self) -> u64 {
        let files = self.live.values().filter_map(|node| match node {
            Node::File(file) => self.files.get(*file),
            Node::Directory => None,
        });
        files.map(|file| file.live.len() as u64).sum()
    }

    pub fn write(&mut self, file: usize, bytes: &[u8], offset: u64) -> io::Result<()> {
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

    pub fn sync(&mut self, file: usize) -> io::Result<()> {
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

    pub fn sync_names(&mut self, concerned: impl Fn(&NameChange) -> bool) {
        for change in self.unsynced.extract_if(.., |change| concerned(change)) {
            change.apply(&mut self.durable);
        }
    }

    pub fn lose_power(&mut self) {
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
