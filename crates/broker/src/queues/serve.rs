//! Serving: messages meet consumers. The queue's lock is held once for all of it, an outbox's once per run of
//! deliveries to the same connection.

use std::sync::Arc;

use super::alike::Alike;
use super::backlog::Backlog;
use super::consumer::Consumers;
use super::limits::Doomed;
use super::messages::Held;
use super::queue::{Queue, QueueState};
use super::quorum::Returns;
use super::record::{Times, has_expired};
use super::runs::{Offer, Taker};
use super::statistics::QueueStats;
use super::vault::Vault;
use crate::effects::Effects;
use crate::lane::Lane;
use warren_model::message::{Message, OwnedMessage};

/// Where the messages to deliver come from.
pub(super) trait Supply {
    /// Whether there is one more.
    fn more(&self, messages: &Backlog) -> bool;
    /// Delivers as many as the lane takes. There is one, and the lane is open. Those that are not fit to be delivered are
    /// passed over.
    fn deliver(&mut self, messages: &mut Backlog, lane: &mut Lane<'_>, stats: &mut QueueStats);
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
            let Some(mut lane) = out.lane(consumer) else {
                consumers.block_front();
                continue;
            };
            if !consumers.is_alone() {
                lane.limit(1);
            }
            supply.deliver(messages, &mut lane, stats);
            if lane.sent > 0 {
                delivered = true;
                drop(lane);
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
    /// Nothing can be read any more, whatever the counters say.
    dry: bool,
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
            dry: false,
        }
    }

    /// Delivers messages as they lie one behind the other, up to the first that needs a closer look.
    fn deliver_run(&mut self, messages: &mut Backlog, lane: &mut Lane<'_>, stats: &mut QueueStats) {
        let (no_ack, before) = (lane.consumer.no_ack, lane.sent);
        let (now, settled) = (self.now, &mut self.settled);
        let mut delivery = Delivery { lane, now, settled, redelivered: 0, redelivering: false };
        messages.take_run(no_ack, self.vault, &mut delivery);
        stats.redeliver += delivery.redelivered;
        stats.count_deliveries(no_ack, lane.sent - before);
    }

    /// What was settled as it was delivered, and what had expired.
    pub(super) fn finish(self, state: &mut QueueState) -> (Vec<Held>, Vec<Doomed>) {
        if self.state_returns {
            state.returns = self.returns;
        }
        (self.settled, self.expired)
    }
}

/// Resting messages on their way into a lane.
struct Delivery<'d, 'o> {
    lane: &'d mut Lane<'o>,
    /// The time, if messages may have expired.
    now: Option<u64>,
    /// Gets those that the log must know to be settled.
    settled: &'d mut Vec<Held>,
    redelivered: u64,
    /// The last one was.
    redelivering: bool,
}

impl Taker for Delivery<'_, '_> {
    #[inline]
    fn take(&mut self, offer: &Offer<'_>) -> bool {
        let Offer { held, redelivered, times, stored } = offer;
        if !self.lane.is_open() || self.now.is_some_and(|now| has_expired(times.expires_at, now)) {
            return false;
        }
        self.lane.send(*held, *redelivered, stored);
        self.redelivering = *redelivered;
        self.redelivered += u64::from(*redelivered);
        if self.lane.consumer.no_ack && held.persistent {
            self.settled.push(*held);
        }
        true
    }

    #[inline]
    fn take_alike(&mut self, alike: &mut Alike<'_>) {
        let Some((last, most)) = self.lane.last(alike.body_len()) else { return };
        let row = alike.take(most);
        self.lane.repeat(last, row.bodies(), Some(&row.held));
        if self.redelivering {
            self.redelivered += row.held.len() as u64;
        }
        if self.lane.consumer.no_ack && alike.newest().persistent {
            self.settled.extend(row.held.iter());
        }
    }
}

impl Supply for Resting<'_> {
    fn more(&self, messages: &Backlog) -> bool {
        messages.ready() > 0 && !self.dry
    }

    fn deliver(&mut self, messages: &mut Backlog, lane: &mut Lane<'_>, stats: &mut QueueStats) {
        let no_ack = lane.consumer.no_ack;
        while lane.is_open() {
            if self.returns.is_none() {
                self.deliver_run(messages, lane, stats);
            }
            if !lane.is_open() {
                return;
            }
            let Some((taken, mut stored)) = messages.peek(self.vault) else {
                self.dry = true;
                return;
            };
            if self.now.is_some_and(|now| taken.is_expired(now)) {
                let copy = self.lettered.then(|| OwnedMessage::from(&stored));
                messages.take(&taken, self.vault);
                self.expired.push((taken.held, copy));
                continue;
            }
            let counted = self.returns.as_ref().and_then(|returns| returns.mark(&taken.held, &stored));
            if let Some(properties) = &counted {
                stored.properties = properties;
            }
            lane.send(taken.held, taken.redelivered, &stored);
            stats.count_delivery(no_ack, taken.redelivered);
            messages.take(&taken, self.vault);
            if no_ack {
                // Its memory is given back now, its record in the log is written with those of the others.
                messages.settle(&taken.held, self.vault);
                self.settled.push(taken.held);
            }
        }
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
    /// Annotations that messages at the front of the run are stored, with numbers from `first` on.
    #[inline]
    pub(super) fn note(&mut self, messages: &[Message<'_>], first: u64) {
        if let Some(stored) = self.stored.as_mut() {
            let numbered = (self.index..).zip(first..).zip(messages);
            let persistent = numbered.filter(|(_, message)| message.persistent);
            stored.extend(persistent.map(|((index, sequence), _)| (index, self.queue, sequence)));
        }
    }

    /// Takes the message at the front of the run.
    #[inline]
    fn take(&mut self, messages: &mut Backlog, message: &Message<'_>, no_ack: bool) -> Held {
        let held = if no_ack {
            Held { sequence: messages.pass_by(1), ..Held::default() }
        } else {
            let held = messages.push_taken(self.level, message, self.times, self.vault);
            self.note(std::slice::from_ref(message), held.sequence);
            held
        };
        self.index += 1;
        held
    }

    /// Delivers those at the front of the run that are like the message that was delivered just now.
    #[inline]
    fn deliver_alike(&mut self, messages: &mut Backlog, lane: &mut Lane<'_>, message: &Message<'_>) {
        if !self.run.first().is_some_and(|next| next.is_like(message)) {
            return;
        }
        let Some((last, most)) = lane.last(message.body.len()) else { return };
        let mut row = message.alike(self.run.get(..most).unwrap_or(self.run));
        let mut held = None;
        if lane.consumer.no_ack {
            messages.pass_by(row.len() as u64);
        } else {
            held = messages.open_level(self.level).push_taken_row(message, row, self.times);
            row = row.get(..held.map_or(0, |held| held.len())).unwrap_or_default();
        }
        lane.repeat(last, row.iter().map(|message| message.body.as_slice()), held.as_ref());
        if let Some(held) = held {
            self.note(row, held.first().sequence);
        }
        self.index += row.len() as u32;
        self.run = self.run.get(row.len()..).unwrap_or_default();
    }
}

impl Supply for Arriving<'_, '_, '_> {
    fn more(&self, _: &Backlog) -> bool {
        !self.run.is_empty()
    }

    fn deliver(&mut self, messages: &mut Backlog, lane: &mut Lane<'_>, stats: &mut QueueStats) {
        let no_ack = lane.consumer.no_ack;
        if let Some(first) = self.run.first() {
            lane.aim(first.exchange.as_bytes(), first.routing_key.as_bytes());
        }
        while lane.is_open()
            && let Some((message, rest)) = self.run.split_first()
        {
            self.run = rest;
            let held = self.take(messages, message, no_ack);
            lane.pass_on(held, message);
            self.deliver_alike(messages, lane, message);
        }
        stats.count_deliveries(no_ack, lane.sent);
    }
}
