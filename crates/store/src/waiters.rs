//! Those who wait for a position to become durable.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use crate::error::StoreError;
use crate::position::Position;

/// Somebody who wants to know when a position has become durable. Called on the writer's thread: it must not
/// block, so it must not append either.
pub trait DurableWaiter: Send + Sync {
    /// Everything up to `position`, the one that was waited for, is durable. Called once for each wait.
    fn durable(&self, position: Position);
    /// The store failed before; whether the records will be there after a restart is not known.
    fn failed(&self, error: &StoreError);
}

/// The waits that are not over.
#[derive(Default)]
pub(crate) struct Waiters {
    list: Mutex<Vec<(Position, Arc<dyn DurableWaiter>)>>,
}

impl Waiters {
    /// Adds a wait, unless `settled` (asked under the lock, so that no wait slips through) says that it is over.
    pub fn add(
        &self,
        position: Position,
        waiter: Arc<dyn DurableWaiter>,
        settled: impl FnOnce() -> Option<Result<(), StoreError>>,
    ) {
        let mut list = self.list.lock();
        match settled() {
            None => list.push((position, waiter)),
            Some(outcome) => {
                drop(list);
                match outcome {
                    Ok(()) => waiter.durable(position),
                    Err(error) => waiter.failed(&error),
                }
            }
        }
    }

    /// Ends every wait for a position up to `durable`, in the order in which they began.
    pub fn complete(&self, durable: Position) {
        let mut list = self.list.lock();
        if list.is_empty() {
            return;
        }
        let done = if list.iter().all(|(position, _)| *position <= durable) {
            std::mem::take(&mut *list)
        } else {
            list.extract_if(.., |(position, _)| *position <= durable).collect()
        };
        drop(list);
        for (position, waiter) in done {
            waiter.durable(position);
        }
    }

    /// Ends every wait with an error.
    pub fn fail(&self, error: &StoreError) {
        let failed = std::mem::take(&mut *self.list.lock());
        for (_, waiter) in failed {
            waiter.failed(error);
        }
    }
}

/// So often a blocked thread looks whether the device has become full.
const LOOK_UP: Duration = Duration::from_millis(100);

/// A waiter for a thread that can do nothing until then.
#[derive(Default)]
pub(crate) struct Blocking {
    outcome: Mutex<Option<Result<(), StoreError>>>,
    changed: Condvar,
}

impl Blocking {
    fn set(&self, outcome: Result<(), StoreError>) {
        *self.outcome.lock() = Some(outcome);
        self.changed.notify_all();
    }

    /// Waits for the outcome; from time to time asks whether there is a reason to give up.
    pub fn wait(&self, give_up: impl Fn() -> Option<StoreError>) -> Result<(), StoreError> {
        let mut outcome = self.outcome.lock();
        loop {
            if let Some(outcome) = outcome.take() {
                return outcome;
            }
            if self.changed.wait_for(&mut outcome, LOOK_UP).timed_out()
                && let Some(error) = give_up()
            {
                return Err(error);
            }
        }
    }
}

impl DurableWaiter for Blocking {
    fn durable(&self, _: Position) {
        self.set(Ok(()));
    }

    fn failed(&self, error: &StoreError) {
        self.set(Err(error.clone()));
    }
}
