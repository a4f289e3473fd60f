//! Serving: messages meet consumers. The queue's lock is held once for all of it, a recipient's once per run of
//! deliveries to it.

use std::sync::Arc;

use crate::classic::backlog::Backlog;
use crate::classic::runs::{Offer, Taker};
use crate::front::consumer::{Consumer, Consumers};
use crate::front::effects::Effects;
use crate::front::limits::Doomed;
use crate::front::queue::{Queue, QueueState};
use crate::front::recipient::Turn;
use crate::front::statistics::QueueStats;
use crate::pages::held::Held;
use crate::pages::page_memory::PageMemory;
use crate::pages::record::{Times, has_expired};
use crate::pages::rows::RecordRow;
use crate::quorum::Returns;
use warren_model::message::{Message, OwnedMessage};
use warren_model::rows::RowBodies;

/// Where the messages to deliver come from.
pub(crate) trait Supply {
    /// Whether there is one more.
    fn more(&self, messages: &Backlog) -> bool;
    /// Delivers as many as the consumer's turn allows. There is one, and one may be delivered. Those that are not fit to be delivered are
    /// passed over.
    fn deliver(
        &mut self,
        messages: &mut Backlog,
        consumer: &Consumer,
        turn: &mut dyn Turn,
        stats: &mut QueueStats,
    );
}

/// Delivers as long as there are messages and consumers with credit, in turns.
pub(crate) fn serve(
    supply: &mut impl Supply,
    messages: &mut Backlog,
    consumers: &mut Consumers,
    stats: &mut QueueStats,
    effects: &mut Effects,
) {
    while supply.more(messages) {
        let Some(first) = consumers.front().map(Arc::clone) else { return };
        let mut out = first.recipient.lock();
        let mut to_send = false;
        while supply.more(messages) {
            let Some(consumer) = consumers.front() else { break };
            if !Arc::ptr_eq(&consumer.recipient, &first.recipient) {
                break;
            }
            let alone = consumers.is_alone();
            // Others have their turn after each message.
            let most = if alone { u32::MAX } else { 1 };
            let delivered = out.deliver(consumer, most, &mut |turn| {
                supply.deliver(messages, consumer, turn, stats);
            });
            match delivered {
                None => consumers.block_front(),
                Some(delivered) => {
                    to_send |= delivered.to_send;
                    if delivered.count > 0 && !alone {
                        consumers.rotate();
                    }
                }
            }
        }
        if to_send {
            effects.note(&first.recipient);
        }
    }
}

/// Messages that rest in the queue.
pub(crate) struct Resting<'q> {
    memory: &'q PageMemory,
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
    pub(crate) fn new<'q>(queue: &'q Queue, state: &mut QueueState) -> Resting<'q> {
        Resting {
            memory: &queue.context.memory,
            now: state.expiring.then(|| queue.context.clock.now()),
            lettered: state.rules.dead_letter_exchange.is_some(),
            state_returns: state.returns.is_some(),
            returns: state.returns.take(),
            settled: Vec::new(),
            expired: Vec::new(),
            dry: false,
        }
    }

    /// Delivers messages as they lie one behind the other, up to the first that needs a closer look. `false` if the turn is over.
    fn deliver_run(
        &mut self,
        messages: &mut Backlog,
        consumer: &Consumer,
        turn: &mut dyn Turn,
        stats: &mut QueueStats,
    ) -> bool {
        let (no_ack, before) = (consumer.no_ack, messages.ready());
        let (now, settled) = (self.now, &mut self.settled);
        let mut delivery =
            Delivery { turn, open: true, no_ack, now, settled, redelivered: 0, redelivering: false };
        messages.take_run(no_ack, self.memory, &mut delivery);
        let open = delivery.open;
        stats.redeliver += delivery.redelivered;
        stats.count_deliveries(no_ack, (before - messages.ready()) as u32);
        open
    }

    /// What was settled as it was delivered, and what had expired.
    pub(crate) fn finish(self, state: &mut QueueState) -> (Vec<Held>, Vec<Doomed>) {
        if self.state_returns {
            state.returns = self.returns;
        }
        (self.settled, self.expired)
    }
}

/// Resting messages on their way to a consumer that has its turn.
struct Delivery<'d> {
    turn: &'d mut dyn Turn,
    /// One more may be delivered in it.
    open: bool,
    no_ack: bool,
    /// The time, if messages may have expired.
    now: Option<u64>,
    /// Gets those that the log must know to be settled.
    settled: &'d mut Vec<Held>,
    redelivered: u64,
    /// The last one was.
    redelivering: bool,
}

impl Taker for Delivery<'_> {
    #[inline]
    fn take(&mut self, offer: &Offer<'_>) -> bool {
        let Offer { held, redelivered, times, stored } = offer;
        if !self.open || self.now.is_some_and(|now| has_expired(times.expires_at, now)) {
            return false;
        }
        self.open = self.turn.send(*held, *redelivered, stored);
        self.redelivering = *redelivered;
        self.redelivered += u64::from(*redelivered);
        if self.no_ack && held.persistent {
            self.settled.push(*held);
        }
        true
    }

    #[inline]
    fn take_row(&mut self, row: &mut RecordRow<'_>) {
        let most = self.turn.row_room(row.body_len());
        if most == 0 {
            return;
        }
        let taken = row.take(most);
        self.open = self.turn.send_row(taken.bodies(), Some(&taken.held));
        if self.redelivering {
            self.redelivered += taken.held.len() as u64;
        }
        if self.no_ack && row.newest().persistent {
            self.settled.extend(taken.held.iter());
        }
    }
}

impl Supply for Resting<'_> {
    fn more(&self, messages: &Backlog) -> bool {
        messages.ready() > 0 && !self.dry
    }

    fn deliver(
        &mut self,
        messages: &mut Backlog,
        consumer: &Consumer,
        turn: &mut dyn Turn,
        stats: &mut QueueStats,
    ) {
        let no_ack = consumer.no_ack;
        let mut open = true;
        while open {
            if self.returns.is_none() && !self.deliver_run(messages, consumer, turn, stats) {
                return;
            }
            let Some((taken, mut stored)) = messages.peek(self.memory) else {
                self.dry = true;
                return;
            };
            if self.now.is_some_and(|now| taken.is_expired(now)) {
                let copy = self.lettered.then(|| OwnedMessage::from(&stored));
                messages.take(&taken, self.memory);
                self.expired.push((taken.held, copy));
                continue;
            }
            let counted = self.returns.as_ref().and_then(|returns| returns.mark(&taken.held, &stored));
            if let Some(properties) = &counted {
                stored.properties = properties;
            }
            open = turn.send(taken.held, taken.redelivered, &stored);
            stats.count_delivery(no_ack, taken.redelivered);
            messages.take(&taken, self.memory);
            if no_ack {
                // Its memory is given back now, its record in the log is written with those of the others.
                messages.settle(&taken.held, self.memory);
                self.settled.push(taken.held);
            }
        }
    }
}

/// Messages that arrive in this moment, while nothing rests: those that need no acknowledgement are never stored.
pub(crate) struct Arriving<'m, 'b, 'v> {
    pub(crate) run: &'m [Message<'b>],
    pub(crate) memory: &'v PageMemory,
    /// Gets those that are stored; only of persistent ones in a queue that is in the log.
    pub(crate) stored: Option<&'v mut Vec<(u32, u64, u64)>>,
    pub(crate) index: u32,
    /// The queue's number.
    pub(crate) queue: u64,
    pub(crate) level: u8,
    pub(crate) times: Times,
}

impl Arriving<'_, '_, '_> {
    /// Annotations that messages at the front of the run are stored, with numbers from `first` on.
    #[inline]
    pub(crate) fn note(&mut self, messages: &[Message<'_>], first: u64) {
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
            let held = messages.push_taken(self.level, message, self.times, self.memory);
            self.note(std::slice::from_ref(message), held.sequence);
            held
        };
        self.index += 1;
        held
    }

    /// Delivers those at the front of the run that continue the row of the message that was delivered just now, while its consumer's turn
    /// goes on. `false` if it is over.
    #[inline]
    fn deliver_row(
        &mut self,
        messages: &mut Backlog,
        turn: &mut dyn Turn,
        message: &Message<'_>,
        no_ack: bool,
    ) -> bool {
        if !self.run.first().is_some_and(|next| next.continues(message)) {
            return true;
        }
        let most = turn.row_room(message.body.len());
        if most == 0 {
            return true;
        }
        let mut row = message.row_in(self.run.get(..most).unwrap_or(self.run));
        let mut held = None;
        if no_ack {
            messages.pass_by(row.len() as u64);
        } else {
            held = messages.open_level(self.level).push_taken_row(message, row, self.times);
            row = row.get(..held.map_or(0, |held| held.len())).unwrap_or_default();
        }
        let open = turn.send_row(RowBodies::Messages(row), held.as_ref());
        if let Some(held) = held {
            self.note(row, held.first().sequence);
        }
        self.index += row.len() as u32;
        self.run = self.run.get(row.len()..).unwrap_or_default();
        open
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
        turn: &mut dyn Turn,
        stats: &mut QueueStats,
    ) {
        let (no_ack, before) = (consumer.no_ack, self.run.len());
        while let Some((message, rest)) = self.run.split_first() {
            self.run = rest;
            let held = self.take(messages, message, no_ack);
            if !turn.pass_on(held, message) || !self.deliver_row(messages, turn, message, no_ack) {
                break;
            }
        }
        stats.count_deliveries(no_ack, (before - self.run.len()) as u32);
    }
}
