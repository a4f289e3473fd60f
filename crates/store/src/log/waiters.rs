//! Those who wait for a position to become durable.

use std::sync::{Arc, Condvar as StdCondvar, Mutex as StdMutex, MutexGuard as StdMutexGuard, PoisonError};
use std::time::Duration;

use parking_lot::Mutex;

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

/// So often a blocked thread looks whether the device has become full.
const LOOK_UP: Duration = Duration::from_millis(100);

/// The waits that are not over.
#[derive(Default)]
pub(crate) struct Waiters {
    list: Mutex<Vec<(Position, Arc<dyn DurableWaiter>)>>,
    blocked: StdMutex<Blocked>,
    /// All blocked threads are woken with one call of the operating system: the standard library's condition does that, the other
    /// one's wakes a single thread, which has to wake the next.
    changed: StdCondvar,
}

/// Threads that can do nothing until something is durable.
#[derive(Default)]
struct Blocked {
    threads: usize,
    /// Nothing more becomes durable.
    failed: Option<StoreError>,
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

    /// Blocks the thread until `is_durable` or all waits have failed; from time to time asks whether there is a reason to give up.
    pub fn block(
        &self,
        is_durable: impl Fn() -> bool,
        give_up: impl Fn() -> Option<StoreError>,
    ) -> Result<(), StoreError> {
        let mut blocked = self.blocked();
        while !is_durable() {
            if let Some(error) = &blocked.failed {
                return Err(error.clone());
            }
            blocked.threads += 1;
            let (guard, waited) =
                self.changed.wait_timeout(blocked, LOOK_UP).unwrap_or_else(PoisonError::into_inner);
            blocked = guard;
            blocked.threads -= 1;
            if waited.timed_out()
                && let Some(error) = give_up()
            {
                return Err(error);
            }
        }
        Ok(())
    }

    /// Ends every wait for a position up to `durable`; waiters are called in the order in which they came.
    pub fn complete(&self, durable: Position) {
        self.wake(None);
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
        self.wake(Some(error));
        let failed = std::mem::take(&mut *self.list.lock());
        for (_, waiter) in failed {
            waiter.failed(error);
        }
    }

    /// Lets all blocked threads look again.
    fn wake(&self, failed: Option<&StoreError>) {
        let mut blocked = self.blocked();
        blocked.failed = failed.cloned().or(blocked.failed.take());
        let threads = blocked.threads;
        drop(blocked);
        if threads > 0 {
            self.changed.notify_all();
        }
    }

    fn blocked(&self) -> StdMutexGuard<'_, Blocked> {
        self.blocked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
