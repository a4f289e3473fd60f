//! When messages of a stream become visible: once the log is synced up to them.

use std::sync::Arc;

use warren_store::{DurableWaiter, Position, Store, StoreError};

use super::{State, Stream};

impl Stream {
    /// Messages `first` to `last` will be durable when the log is, up to `position`.
    pub(crate) fn appended(self: Arc<Self>, first: u64, last: u64, position: Position, store: &Store) {
        store.when_durable(position, Arc::new(Waiter { stream: self, first, last }));
    }

    /// Messages `first` to `last` are not in the log, and will not be: they were refused.
    pub(crate) fn refused(&self, first: u64, last: u64) {
        let mut state = self.state.lock();
        state.log.discard(first, last, &self.home.vault);
        synced(&mut state, first, last);
    }
}

/// Messages `first` to `last` hide nothing any more. Whoever waits for them is served by the task of its connection:
/// this may be the log's thread, which has better things to do.
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
        synced(&mut self.stream.state.lock(), self.first, self.last);
    }

    fn failed(&self, _: &StoreError) {
        self.stream.refused(self.first, self.last);
    }
}
