//! What the side of the callers and the side of the writer both hold of an open log.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::{Condvar, Mutex};

use super::growth::Growth;
use super::pending::Pending;
use super::pool::{LogFile, Pool};
use super::waiters::Waiters;
use crate::error::StoreError;
use crate::format::Layout;
use crate::fs::FileSystem;
use crate::options::Options;
use crate::position::Position;

/// State of an open log.
pub(crate) struct LogState {
    pub fs: Arc<dyn FileSystem>,
    pub layout: Layout,
    pub options: Options,
    pub pool: Arc<Pool>,
    /// The number of this run.
    pub epoch: u64,
    pub pending: Mutex<Pending>,
    /// There is something to write, or the store closes.
    pub work: Condvar,
    /// There is room again in the pending buffer.
    pub room: Condvar,
    pub waiters: Waiters,
    durable: AtomicU64,
    poison: OnceLock<StoreError>,
    /// Log files from the oldest that recovery would need to the newest.
    pub files: Mutex<VecDeque<LogFile>>,
    pub growth: Growth,
}

impl LogState {
    pub fn new(
        fs: Arc<dyn FileSystem>,
        layout: Layout,
        options: Options,
        pool: Arc<Pool>,
        epoch: u64,
        last: u64,
        files: VecDeque<LogFile>,
    ) -> Self {
        Self {
            fs,
            layout,
            options,
            pool,
            epoch,
            pending: Mutex::new(Pending::new(last + 1)),
            work: Condvar::new(),
            room: Condvar::new(),
            waiters: Waiters::default(),
            durable: AtomicU64::new(last),
            poison: OnceLock::new(),
            files: Mutex::new(files),
            growth: Growth::default(),
        }
    }

    pub fn durable(&self) -> Position {
        Position::new(self.durable.load(Ordering::Acquire))
    }

    /// Everything up to `last` has become durable.
    pub fn complete(&self, last: u64) {
        self.durable.store(last, Ordering::Release);
        self.waiters.complete(Position::new(last));
    }

    pub fn poisoned(&self) -> Option<&StoreError> {
        self.poison.get()
    }

    /// Stops all writing for good: every waiter and every later caller gets the error.
    pub fn poison(&self, error: StoreError) -> StoreError {
        let error = error.poisoned();
        if self.poison.set(error.clone()).is_ok() {
            tracing::error!(%error, "the store stops writing");
        }
        let error = self.poison.get().cloned().unwrap_or(error);
        let mut pending = self.pending.lock();
        pending.buffer.release();
        pending.count = 0;
        drop(pending);
        self.room.notify_all();
        self.work.notify_all();
        self.waiters.fail(&error);
        error
    }

    /// Passes an error on; one that leaves the disk in doubt poisons the store.
    pub fn judge(&self, error: StoreError) -> StoreError {
        if error.leaves_doubt() { self.poison(error) } else { error }
    }
}
