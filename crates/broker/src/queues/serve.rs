//! Serving: messages meet consumers. The queue's lock is held once for all of it, an outbox's once per run of
//! deliveries to the same connection.

use std::sync::Arc;

use super::consumer::{Consumer, Consumers};
use super::messages::{Messages, Stored, StoredBody, Taken};
use super::pages::PagePool;
use super::queue::QueueStats;
use crate::message::{Body, Message};
use crate::outbox::{OutboxState, Wakeups};

/// Where the messages to deliver come from.
pub(super) trait Supply {
    /// Whether there is one more.
    fn more(&self, messages: &Messages) -> bool;
    /// Delivers the next one; it has been seen that there is one.
    fn deliver(
        &mut self,
        messages: &mut Messages,
        consumer: &Consumer,
        out: &mut OutboxState,
        stats: &mut QueueStats,
    );
}

/// Delivers as long as there are messages and consumers with credit, in turns.
pub(super) fn serve(
    supply: &mut impl Supply,
    messages: &mut Messages,
    consumers: &mut Consumers,
    stats: &mut QueueStats,
    wakeups: &mut Wakeups,
) {
    while supply.more(messages) {
        let Some(first) = consumers.front().map(Arc::clone) else { return };
        let mut out = first.outbox.lock();
        let mut delivered = false;
        while supply.more(messages) {
            let Some(consumer) = consumers.front() else { break };
            if !Arc::ptr_eq(&consumer.outbox, &first.outbox) {
                break;
            }
            if !out.has_credit(consumer) {
                consumers.block_front();
                continue;
            }
            supply.deliver(messages, consumer, &mut out, stats);
            delivered = true;
            consumers.rotate();
        }
        if delivered {
            wakeups.note(&first.outbox, &mut out);
        }
    }
}

/// Messages that rest in the queue.
pub(super) struct Resting<'p> {
    pub(super) pool: &'p PagePool,
}

impl Supply for Resting<'_> {
    fn more(&self, messages: &Messages) -> bool {
        messages.ready() > 0
    }

    fn deliver(
        &mut self,
        messages: &mut Messages,
        consumer: &Consumer,
        out: &mut OutboxState,
        stats: &mut QueueStats,
    ) {
        let Some((taken, stored)) = messages.peek() else { return };
        out.deliver(consumer, &taken, &stored);
        stats.count_delivery(consumer.no_ack, taken.redelivered);
        messages.take(&taken);
        if consumer.no_ack {
            messages.settle(taken.place, self.pool);
        }
    }
}

/// Messages that arrive in this moment, while nothing rests: those that need no acknowledgement are never stored.
pub(super) struct Arriving<'m, 'b, 'p> {
    pub(super) run: &'m [Message<'b>],
    pub(super) pool: &'p PagePool,
}

impl Supply for Arriving<'_, '_, '_> {
    fn more(&self, _: &Messages) -> bool {
        !self.run.is_empty()
    }

    fn deliver(
        &mut self,
        messages: &mut Messages,
        consumer: &Consumer,
        out: &mut OutboxState,
        stats: &mut QueueStats,
    ) {
        let Some((message, rest)) = self.run.split_first() else { return };
        self.run = rest;
        let taken = if consumer.no_ack {
            Taken { sequence: messages.pass_by(), place: Default::default(), redelivered: false }
        } else {
            messages.push_taken(message, self.pool)
        };
        out.deliver(consumer, &taken, &Stored::from(message));
        stats.count_delivery(consumer.no_ack, false);
    }
}

impl<'a> From<&'a Message<'_>> for Stored<'a> {
    fn from(message: &'a Message<'_>) -> Self {
        Self {
            exchange: message.exchange.as_bytes(),
            routing_key: message.routing_key.as_bytes(),
            properties: message.properties,
            body: match &message.body {
                Body::Inline(bytes) => StoredBody::Inline(bytes),
                Body::Shared(bytes) => StoredBody::Shared(bytes),
            },
            persistent: message.persistent,
        }
    }
}
