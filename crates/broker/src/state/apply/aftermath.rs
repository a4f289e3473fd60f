//! What is left to be done once changes are made and no lock is held.

use std::sync::Arc;

use crate::log::LogHandle;
use crate::queues::{Consumer, Queue};

/// See the module's description.
#[derive(Default)]
pub(crate) struct Aftermath {
    /// Queues that went with their virtual host.
    pub(crate) closed: Vec<Arc<Queue>>,
    /// Consumers whose queues are gone.
    cancelled: Vec<Arc<Consumer>>,
    /// Ready messages that went with their queues.
    pub(crate) messages: u64,
}

impl Aftermath {
    /// A queue is gone, with so many ready messages and these consumers.
    pub(crate) fn queue_deleted(&mut self, (messages, consumers): (u64, Vec<Arc<Consumer>>)) {
        self.messages += messages;
        self.cancelled.extend(consumers);
    }

    /// Ends queues, and tells consumers. No lock may be held.
    pub(crate) fn finish(mut self, log_handle: &LogHandle) {
        for queue in std::mem::take(&mut self.closed) {
            self.queue_deleted(queue.delete());
        }
        self.cancelled.iter().for_each(|consumer| consumer.tell_cancelled(log_handle));
    }
}
