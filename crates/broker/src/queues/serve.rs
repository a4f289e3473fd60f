//! Serving: messages meet consumers. The queue's lock is held once for all of it, an outbox's once per run of
//! deliveries to the same connection.

use std::sync::Arc;

use super::backlog::Backlog;
use super::consumer::{Consumer, Consumers};
use super::limits::Doomed;
use super::messages::{Held, Stored, StoredBody};
use super::queue::{Queue, QueueState, QueueStats};
use super::quorum::Returns;
use super::record::Times;
use super::vault::Vault;
use crate::effects::Effects;
use crate::message::{Body, Message, OwnedMessage};
use crate::outbox::OutboxState;

/// Where the messages to deliver come from.
pub(super) trait Supply {
    /// Whether there is one more.
    fn more(&self, messages: &Backlog) -> bool;
    /// Delivers the next one; it has been seen that there is one. `false` if it was not fit to be delivered.
    fn deliver(
        &mut self,
        messages: &mut Backlog,
        consumer: &Consumer,
        out: &mut OutboxState,
        stats: &mut QueueStats,
    ) -> bool;
}

/// Delivers as long as there are messages and consumers with credit, in turns.
pub(super) fn serve(
    supply: &mut impl Supply,
    messages: &mut Backlog,
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
            if supply.deliver(messages, consumer, &mut out, stats) {
                delivered = true;
                consumers.rotate();
            }
        }
        if delivered {
            effects.note(&first.outbox, &mut out);
        }
    }
}

/// Messages that rest in the queue.
pub(super) struct Resting<'q> {
    vault: &'q Vault,
    /// The time, if messages may have expired.
    now: Option<u64>,
    /// Whether expired ones go anywhere.
    lettered: bool,
    returns: Option<Box<Returns>>,
    state_returns: bool,
    settled: Vec<Held>,
    expired: Vec<Doomed>,
}

impl Resting<'_> {
    pub(super) fn new<'q>(queue: &'q Queue, state: &mut QueueState) -> Resting<'q> {
        Resting {
            vault: &queue.home.vault,
            now: state.expiring.then(|| queue.home.clock.now()),
            lettered: state.rules.dead_letter_exchange.is_some(),
            state_returns: state.returns.is_some(),
            returns: state.returns.take(),
            settled: Vec::new(),
            expired: Vec::new(),
        }
    }

    /// What was settled as it was delivered, and what had expired.
    pub(super) fn finish(self, state: &mut QueueState) -> (Vec<Held>, Vec<Doomed>) {
        if self.state_returns {
            state.returns = self.returns;
        }
        (self.settled, self.expired)
    }
}

impl Supply for Resting<'_> {
    fn more(&self, messages: &Backlog) -> bool {
        messages.ready() > 0
    }

    fn deliver(
        &mut self,
        messages: &mut Backlog,
        consumer: &Consumer,
        out: &mut OutboxState,
        stats: &mut QueueStats,
    ) -> bool {
        let Some((taken, mut stored)) = messages.peek(self.vault) else { return false };
        if self.now.is_some_and(|now| taken.is_expired(now)) {
            let copy = self.lettered.then(|| OwnedMessage::from(&stored));
            messages.take(&taken, self.vault);
            self.expired.push((taken.held, copy));
            return false;
        }
        let counted = self.returns.as_ref().and_then(|returns| returns.mark(&taken.held, &stored));
        if let Some(properties) = &counted {
            stored.properties = properties;
        }
        out.deliver(consumer, &taken, &stored);
        stats.count_delivery(consumer.no_ack, taken.redelivered);
        messages.take(&taken, self.vault);
        if consumer.no_ack {
            // Its memory is given back now, its record in the log is written with those of the others.
            messages.settle(&taken.held, self.vault);
            self.settled.push(taken.held);
        }
        true
    }
}

/// Messages that arrive in this moment, while nothing rests: those that need no acknowledgement are never stored.
pub(super) struct Arriving<'m, 'b, 'v> {
    pub(super) run: &'m [Message<'b>],
    pub(super) vault: &'v Vault,
    /// Gets those that are stored; only of persistent ones in a queue that is in the log.
    pub(super) stored: Option<&'v mut Vec<(u32, u64, u64)>>,
    pub(super) index: u32,
    /// The queue's number.
    pub(super) queue: u64,
    pub(super) level: u8,
    pub(super) times: Times,
}

impl Arriving<'_, '_, '_> {
    /// Notes that the message at the front of the run is stored.
    pub(super) fn note(&mut self, sequence: u64, persistent: bool) {
        if let Some(stored) = self.stored.as_mut().filter(|_| persistent) {
            stored.push((self.index, self.queue, sequence));
        }
    }
}

impl Supply for Arriving<'_, '_, '_> {
    fn more(&self, _: &Backlog) -> bool {
        !self.run.is_empty()
    }

    fn deliver(
        &mut self,
        messages: &mut Backlog,
        consumer: &Consumer,
        out: &mut OutboxState,
        stats: &mut QueueStats,
    ) -> bool {
        let Some((message, rest)) = self.run.split_first() else { return false };
        self.run = rest;
        let taken = if consumer.no_ack {
            messages.pass_by(message)
        } else {
            let taken = messages.push_taken(self.level, message, self.times, self.vault);
            self.note(taken.held.sequence, message.persistent);
            taken
        };
        self.index += 1;
        out.deliver(consumer, &taken, &Stored::from(message));
        stats.count_delivery(consumer.no_ack, false);
        true
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
