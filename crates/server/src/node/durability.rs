//! Waiting for the log without holding a thread.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::oneshot;
use warren_broker::log::LogHandle;
use warren_model::error::Error;
use warren_store::{DurableWaiter, Position, StoreError};

struct Waiter(Mutex<Option<oneshot::Sender<Result<(), String>>>>);

impl Waiter {
    fn tell(&self, result: Result<(), String>) {
        if let Some(sender) = self.0.lock().take() {
            let _ = sender.send(result);
        }
    }
}

impl DurableWaiter for Waiter {
    fn durable(&self, _: Position) {
        self.tell(Ok(()));
    }

    fn failed(&self, error: &StoreError) {
        self.tell(Err(error.to_string()));
    }
}

/// Completes once the log is durable up to `position`.
///
/// # Errors
/// `INTERNAL_ERROR` if the store has failed, so that nothing more becomes durable.
pub async fn durable(log_handle: &LogHandle, position: Option<Position>) -> Result<(), Error> {
    let (Some(store), Some(position)) = (log_handle.store(), position) else { return Ok(()) };
    if store.durable() >= position {
        return Ok(());
    }
    let (sender, receiver) = oneshot::channel();
    store.when_durable(position, Arc::new(Waiter(Mutex::new(Some(sender)))));
    match receiver.await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(text)) => Err(Error::internal(&text)),
        Err(_) => Err(Error::internal("the log is closed")),
    }
}
