//! Deleting a queue, and holding it to the conditions for that.

use std::sync::Arc;

use parking_lot::MutexGuard;

use crate::front::consumer::Consumer;
use crate::front::queue::{Queue, QueueState};
use warren_model::error::Error;

/// A queue that is held to the conditions under which it may be deleted: nobody publishes to it or consumes from it meanwhile. Dropped,
/// it is as it was.
pub struct Sealed<'q> {
    queue: &'q Queue,
    /// `None` for a stream: the log's own thread may want its lock, and must not wait for whoever waits for the log.
    state: Option<MutexGuard<'q, QueueState>>,
}

impl Sealed<'_> {
    /// Deletes it: how many ready messages go with it, and the consumers that it had.
    pub fn delete(self) -> (u64, Vec<Arc<Consumer>>) {
        match self.state {
            Some(mut state) => self.queue.end(&mut state),
            None => self.queue.delete(),
        }
    }
}

impl Queue {
    /// Holds the queue to conditions, if they are so.
    ///
    /// # Errors
    /// `PRECONDITION_FAILED` if it has consumers or messages and must not have (AMQP 0-9-1, `queue.delete`).
    pub fn seal(&self, if_unused: bool, if_empty: bool) -> Result<Sealed<'_>, Error> {
        let (state, used, empty) = match &self.stream {
            Some(stream) => {
                let (readers, messages) = stream.usage();
                (None, readers > 0, messages == 0)
            }
            None => {
                let state = self.state.lock();
                let (used, empty) = (!state.consumers.all().is_empty(), state.messages.ready() == 0);
                (Some(state), used, empty)
            }
        };
        if if_unused && used {
            return Err(Error::queue_in_use(&self.name, &self.vhost));
        }
        if if_empty && !empty {
            return Err(Error::queue_not_empty(&self.name, &self.vhost));
        }
        Ok(Sealed { queue: self, state })
    }

    /// Marks the queue as deleted, whatever it holds. Returns how many ready messages go with it and the consumers that it had.
    pub fn delete(&self) -> (u64, Vec<Arc<Consumer>>) {
        match &self.stream {
            Some(stream) => stream.delete(),
            None => self.end(&mut self.state.lock()),
        }
    }

    fn end(&self, state: &mut QueueState) -> (u64, Vec<Arc<Consumer>>) {
        if std::mem::replace(&mut state.deleted, true) {
            return (0, Vec::new());
        }
        let count = state.messages.ready();
        state.messages.clear(&self.context.memory);
        let consumers = state.consumers.take_all();
        consumers.iter().for_each(|consumer| consumer.mark_cancelled());
        (count, consumers)
    }
}
