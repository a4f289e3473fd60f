//! When messages of a stream become visible: once the log is synced up to them.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use parking_lot::MutexGuard;
use warren_store::{CommitLog, DurableWaiter, Position, StoreError};

use crate::front::stream::{State, Stream};

/// The locked state. Whoever lets go of it sees to what became durable in the meantime: the log's thread must not wait
/// for somebody who reads from disk.
pub(crate) struct Locked<'s> {
    // The order matters: the lock is free again when the other one looks.
    state: MutexGuard<'s, State>,
    _catch_up: CatchUp<'s>,
}

struct CatchUp<'s>(&'s Stream);

impl Drop for CatchUp<'_> {
    fn drop(&mut self) {
        self.0.catch_up();
    }
}

impl Deref for Locked<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        &self.state
    }
}

impl DerefMut for Locked<'_> {
    fn deref_mut(&mut self) -> &mut State {
        &mut self.state
    }
}

impl Stream {
    pub(crate) fn lock(&self) -> Locked<'_> {
        Locked { state: self.state.lock(), _catch_up: CatchUp(self) }
    }

    /// Messages `first` to `last` will be durable when the log is, up to `position`.
    pub(crate) fn appended(
        self: Arc<Self>,
        first: u64,
        last: u64,
        position: Position,
        store: &Arc<dyn CommitLog>,
    ) {
        store.when_durable(position, Arc::new(Waiter { stream: self, first, last }));
    }

    /// Messages `first` to `last` are not in the log, and will not be: they were refused.
    pub(crate) fn refused(&self, first: u64, last: u64) {
        let mut state = self.lock();
        state.log.discard(first, last, &self.context.memory);
        synced(&mut state, first, last);
    }

    /// Makes visible what has become durable. Where somebody has the lock, this is left to him.
    fn catch_up(&self) {
        loop {
            if self.synced.lock().is_empty() {
                return;
            }
            let Some(mut state) = self.state.try_lock() else { return };
            let runs = std::mem::take(&mut *self.synced.lock());
            runs.into_iter().for_each(|(first, last)| synced(&mut state, first, last));
        }
    }
}

/// Messages `first` to `last` hide nothing any more. Whoever waits for them is served by the task of its connection:
/// this may be the log's thread.
fn synced(state: &mut State, first: u64, last: u64) {
    let before = state.visible_until();
    while let Some(run) = state.unsynced.range(first..=last).next().map(|(run, _)| *run) {
        state.unsynced.remove(&run);
    }
    if state.visible_until() > before {
        state.readers.iter_mut().filter(|reader| reader.hungry).for_each(|reader| reader.wake());
    }
}

/// Waits for the log on behalf of a run of messages.
struct Waiter {
    stream: Arc<Stream>,
    first: u64,
    last: u64,
}

impl DurableWaiter for Waiter {
    fn durable(&self, _: Position) {
        self.stream.synced.lock().push((self.first, self.last));
        self.stream.catch_up();
    }

    fn failed(&self, _: &StoreError) {
        self.stream.refused(self.first, self.last);
    }
}
