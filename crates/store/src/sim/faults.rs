//! The simulated disk as a test sees it: when it fails, what it holds, and how the machine goes down.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use super::disk::Disk;
use super::file_system::SimFs;
use super::names::Node;

/// How a simulated machine goes down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    /// The process dies; everything that it wrote is still in the page cache.
    Process,
    /// Power fails; what was not synced may be there, or not, or in part.
    Power,
}

impl SimFs {
    /// An empty file system, with the directory `/`.
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(Disk::new(seed))))
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
