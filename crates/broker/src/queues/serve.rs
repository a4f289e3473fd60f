//! Serving: messages meet consumers. The queue's lock is held once for all of it, an outbox's once per run of
//! deliveries to the same connection.

use std::sync::Arc;

use super::consumer::{Consumer, Consumers};
use super::messages::{Messages, Stored, StoredBody};
use super::queue::QueueStats;
use super::record::Times;
use super::vault::Vault;
use crate::effects::Effects;
use crate::message::{Body, Message};
use crate::outbox::OutboxState;

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
    effects: &mut Effects,
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
            effects.note(&first.outbox, &mut out);
        }
    }
}

/// Messages that rest in the queue.
pub(super) struct Resting<'v, 'e> {
    pub(super) vault: &'v Vault,
    /// Gets the settled ones that the log knows, if the queue is in the log.
    pub(super) settled: Option<&'e mut Vec<u64>>,
}

impl Supply for Resting<'_, '_> {
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
        let Some((taken, stored)) = messages.peek(self.vault) else { return };
        out.deliver(consumer, &taken, &stored);
        stats.count_delivery(consumer.no_ack, taken.redelivered);
        messages.take(&taken, self.vault);
        if consumer.no_ack {
            messages.settle(&taken.held, self.vault);
            if let Some(settled) = self.settled.as_mut().filter(|_| taken.held.persistent) {
                settled.push(taken.held.sequence);
            }
        }
    }
}

/// Messages that arrive in this moment, while nothing rests: those that need no acknowledgement are never stored.
pub(super) struct Arriving<'m, 'b, 'v> {
    pub(super) run: &'m [Message<'b>],
    pub(super) vault: &'v Vault,
    /// Sequence numbers of those that are stored, with their index in the run; only of persistent ones in a queue
    /// that is in the log.
    pub(super) stored: Option<Stores<'v>>,
    pub(super) index: u32,
}

/// Messages that are stored and must be logged: index in the run, queue, sequence number.
pub(super) type Stores<'s> = &'s mut Vec<(u32, u64, u64)>;

impl Arriving<'_, '_, '_> {
    /// Notes that the message at the front of the run is stored, and goes on to the next.
    pub(super) fn note(&mut self, queue: u64, sequence: u64, persistent: bool) {
        if let Some(stored) = self.stored.as_mut().filter(|_| persistent) {
            stored.push((self.index, queue, sequence));
        }
    }
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
            messages.pass_by(message)
        } else {
            let taken = messages.push_taken(message, Times::default(), self.vault);
            self.note(messages.queue, taken.held.sequence, message.persistent);
            taken
        };
        self.index += 1;
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
