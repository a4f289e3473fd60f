//! What a queue counts.

use crate::front::queue::Queue;

/// How often things happened to a queue since it was declared.
#[derive(Debug, Clone, Copy, Default)]
pub struct QueueStats {
    /// Messages that were routed to it.
    pub publish: u64,
    /// Deliveries that need an acknowledgement.
    pub deliver: u64,
    /// Deliveries that need none.
    pub deliver_no_ack: u64,
    /// Fetches with `basic.get` that need an acknowledgement.
    pub get: u64,
    /// Fetches that need none.
    pub get_no_ack: u64,
    /// Fetches that found nothing.
    pub get_empty: u64,
    /// Deliveries of messages that were delivered before.
    pub redeliver: u64,
    /// Messages acknowledged or rejected for good.
    pub ack: u64,
    /// Messages that were dropped because they had come before.
    pub duplicates: u64,
}

impl QueueStats {
    /// So many messages were delivered for the first time.
    pub(crate) fn count_deliveries(&mut self, no_ack: bool, count: u32) {
        let counter = if no_ack { &mut self.deliver_no_ack } else { &mut self.deliver };
        *counter += u64::from(count);
    }

    pub(crate) fn count_delivery(&mut self, no_ack: bool, redelivered: bool) {
        self.deliver += u64::from(!no_ack);
        self.deliver_no_ack += u64::from(no_ack);
        self.redeliver += u64::from(redelivered);
    }
}

/// How much is in a queue at this moment.
#[derive(Debug, Clone, Copy, Default)]
pub struct QueueCounts {
    /// Messages that wait for a consumer.
    pub ready: u64,
    /// Messages delivered and not yet acknowledged.
    pub unacknowledged: u64,
    /// Body bytes of the ready messages.
    pub ready_bytes: u64,
    /// Body bytes of the unacknowledged messages.
    pub unacknowledged_bytes: u64,
    /// Consumers.
    pub consumers: u32,
    /// Memory of the queue's pages, in bytes.
    pub memory: u64,
}

impl Queue {
    /// How much is in it.
    pub fn counts(&self) -> QueueCounts {
        if let Some(stream) = &self.stream {
            return stream.counts();
        }
        let state = self.state.lock();
        QueueCounts {
            ready: state.messages.ready(),
            unacknowledged: state.messages.unsettled().saturating_sub(state.buried),
            ready_bytes: state.messages.ready_bytes(),
            unacknowledged_bytes: state.messages.unsettled_bytes(),
            consumers: state.consumers.all().len() as u32,
            memory: state.messages.memory() as u64,
        }
    }

    /// What happened to it so far.
    pub fn stats(&self) -> QueueStats {
        if let Some(stream) = &self.stream {
            return stream.stats();
        }
        self.state.lock().stats
    }
}
