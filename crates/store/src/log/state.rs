//! What the callers' side and the writer's side of a store share.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::{Condvar, Mutex, MutexGuard};

use super::batch::Batch;
use super::header::COMMIT_HEADER;
use super::pool::{LogFile, Pool};
use super::waiters::Waiters;
use crate::error::StoreError;
use crate::format::Layout;
use crate::fs::{AlignedBuffer, FileSystem};
use crate::options::Options;
use crate::position::Position;

/// State of an open store.
pub(crate) struct Shared {
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

/// Records that were appended and not yet taken by the writer, laid out as the commit that they will be.
#[derive(Debug)]
pub(crate) struct Pending {
    /// Room for the commit's header, then the records.
    pub buffer: AlignedBuffer,
    pub count: u32,
    /// Sequence number of the next record.
    pub next: u64,
    pub closing: bool,
    /// The device was full when the writer last tried.
    pub full: Option<StoreError>,
}

impl Pending {
    pub fn new(next: u64) -> Self {
        Self { buffer: AlignedBuffer::default(), count: 0, next, closing: false, full: None }
    }
}

/// How much log there is since the last checkpoint.
#[derive(Debug, Default)]
pub(crate) struct Growth {
    total: AtomicU64,
    covered: AtomicU64,
    due: AtomicBool,
    /// `(position, total)` now and then, to find out how much log a checkpoint covers.
    marks: Mutex<VecDeque<(u64, u64)>>,
}

/// Between two marks there is at least so much log.
const MARK_EVERY: u64 = 1 << 20;

impl Growth {
    pub fn since_checkpoint(&self) -> u64 {
        self.total.load(Ordering::Relaxed).saturating_sub(self.covered.load(Ordering::Relaxed))
    }

    /// Counts a commit that ends at `position`.
    pub fn add(&self, position: u64, bytes: u64) {
        let total = self.total.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let mut marks = self.marks.lock();
        if marks.back().is_none_or(|(_, at)| total >= at + MARK_EVERY) {
            marks.push_back((position, total));
        }
    }

    /// Whether a checkpoint has become due just now.
    pub fn became_due(&self, after: u64) -> bool {
        self.since_checkpoint() >= after && !self.due.swap(true, Ordering::Relaxed)
    }

    pub fn is_due(&self) -> bool {
        self.due.load(Ordering::Relaxed)
    }

    /// A checkpoint covers everything up to `position`.
    pub fn cover(&self, position: u64, is_everything: bool) {
        let mut marks = self.marks.lock();
        let mut covered = self.covered.load(Ordering::Relaxed);
        while let Some((_, total)) = marks.pop_front_if(|(at, _)| *at <= position) {
            covered = covered.max(total);
        }
        if is_everything {
            covered = self.total.load(Ordering::Relaxed);
        }
        self.covered.store(covered, Ordering::Relaxed);
        self.due.store(false, Ordering::Relaxed);
    }
}

impl Shared {
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

    /// Puts a batch behind what is pending. The caller has made sure that there is room.
    pub fn append_locked(
        &self,
        pending: &mut MutexGuard<'_, Pending>,
        batch: &mut Batch,
    ) -> (Position, bool) {
        let was_idle = pending.count == 0;
        if was_idle {
            pending.buffer.clear();
            pending.buffer.extend_zeros(COMMIT_HEADER);
        }
        let first = pending.next;
        pending.buffer.extend(batch.seal(self.epoch, first));
        pending.count += batch.count();
        pending.next = first + u64::from(batch.count());
        batch.clear();
        (Position::new(pending.next - 1), was_idle)
    }
}
