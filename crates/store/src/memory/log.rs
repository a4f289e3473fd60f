//! The log itself.

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;

use super::failure::Failure;
use super::records::{Checkpoint, Records};
use super::segments::MemorySegments;
use crate::error::StoreError;
use crate::log::{Batch, CommitLog, Driven, DurableWaiter, Waiters};
use crate::position::Position;
use crate::segments::Segments;

/// A [`CommitLog`] in memory. It keeps every record for [`MemoryLog::replay`].
///
/// No thread ever waits in it: to wait for a position makes it durable.
pub struct MemoryLog {
    pub(super) state: Mutex<State>,
    pub(super) segments: Arc<MemorySegments>,
    /// Records are durable only when somebody says so.
    pub(super) synced_by_hand: bool,
    waiters: Waiters,
    failure: Failure,
}

#[derive(Default)]
pub(super) struct State {
    pub records: Records,
    /// How many batches with something in them were to be appended.
    attempts: u64,
    /// The attempt that fails.
    fail_at: Option<u64>,
    closed: bool,
}

impl fmt::Debug for MemoryLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryLog")
            .field("appended", &self.appended())
            .field("durable", &self.durable())
            .finish_non_exhaustive()
    }
}

impl Default for MemoryLog {
    /// An empty log whose records are durable as soon as they are appended.
    fn default() -> Self {
        Self::empty(false)
    }
}

impl MemoryLog {
    /// An empty log whose records become durable only by [`MemoryLog::sync`], or what stands for it: [`CommitLog::drive`], and waiting
    /// for them.
    pub fn synced_by_hand() -> Self {
        Self::empty(true)
    }

    fn empty(synced_by_hand: bool) -> Self {
        let failure = Failure::default();
        Self::with(Records::default(), MemorySegments::new(failure.clone()), failure, synced_by_hand)
    }

    pub(super) fn with(
        records: Records,
        segments: MemorySegments,
        failure: Failure,
        synced_by_hand: bool,
    ) -> Self {
        Self {
            state: Mutex::new(State { records, ..State::default() }),
            segments: Arc::new(segments),
            synced_by_hand,
            waiters: Waiters::default(),
            failure,
        }
    }

    /// The segments that go with the log.
    pub fn segments(&self) -> Arc<Segments> {
        Arc::<MemorySegments>::clone(&self.segments)
    }

    /// Makes everything durable that was appended, and tells whoever waits for it, on this thread.
    ///
    /// # Errors
    /// The log has failed.
    pub fn sync(&self) -> Result<(), StoreError> {
        self.drive().map(drop)
    }

    /// The append with this number (the first one of this log is 1; empty batches do not count) is refused, and the log has failed for
    /// good.
    pub fn fail_at(&self, append: u64) {
        self.state.lock().fail_at = Some(append);
    }

    /// The log fails for good, as one whose sync failed: whoever waits is told so, and nothing more becomes durable.
    pub fn fail(&self) {
        self.poison();
    }

    fn poison(&self) -> StoreError {
        let error = self.failure.strike();
        self.waiters.fail(&error);
        error
    }
}

impl CommitLog for MemoryLog {
    fn append(&self, batch: &mut Batch) -> Result<Position, StoreError> {
        let mut state = self.state.lock();
        self.failure.check()?;
        if state.closed {
            return Err(StoreError::Closed);
        }
        if batch.is_empty() {
            return Ok(state.records.last());
        }
        state.attempts += 1;
        if state.fail_at == Some(state.attempts) {
            drop(state);
            return Err(self.poison());
        }
        let position = state.records.push(batch);
        if !self.synced_by_hand {
            state.records.sync();
            drop(state);
            self.waiters.complete(position);
        }
        Ok(position)
    }

    fn appended(&self) -> Position {
        self.state.lock().records.last()
    }

    fn durable(&self) -> Position {
        self.state.lock().records.durable
    }

    fn when_durable(&self, position: Position, waiter: Arc<dyn DurableWaiter>) {
        self.waiters.add(position, waiter, || {
            if self.durable() >= position {
                return Some(Ok(()));
            }
            self.failure.get().map(|error| Err(error.clone()))
        });
    }

    fn wait_durable(&self, position: Position) -> Result<(), StoreError> {
        if self.durable() >= position {
            return Ok(());
        }
        if self.appended() < position {
            return Err(StoreError::Misuse("the position was never appended"));
        }
        self.sync()
    }

    fn stalled(&self) -> Option<StoreError> {
        None
    }

    fn poisoned(&self) -> Option<StoreError> {
        self.failure.get().cloned()
    }

    fn write_checkpoint(&self, document: &[u8], covers: Position) -> Result<(), StoreError> {
        let mut state = self.state.lock();
        let State { records, closed, .. } = &mut *state;
        if covers < records.covers() || covers > records.last() {
            return Err(StoreError::Misuse(
                "a checkpoint covers less than the last one, or more than the log",
            ));
        }
        self.failure.check()?;
        if records.durable < covers {
            records.sync();
        }
        records.checkpoint = Some(Checkpoint { covers, document: document.into() });
        if !*closed {
            let mut mark = Batch::new();
            mark.push_checkpoint_mark(covers)?;
            records.push(&mut mark);
        }
        if !self.synced_by_hand {
            records.sync();
        }
        let durable = records.durable;
        drop(state);
        self.waiters.complete(durable);
        Ok(())
    }

    fn drive(&self) -> Result<Driven, StoreError> {
        let mut state = self.state.lock();
        self.failure.check()?;
        if state.records.durable == state.records.last() {
            return Ok(Driven::Idle);
        }
        state.records.sync();
        let durable = state.records.durable;
        drop(state);
        self.waiters.complete(durable);
        Ok(Driven::Worked)
    }

    fn close(&self) -> Result<(), StoreError> {
        self.state.lock().closed = true;
        self.sync()
    }
}
