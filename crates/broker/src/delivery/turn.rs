//! The turn of one consumer: for as long as its outbox is locked and it has credit, what is the same for all its deliveries is looked up
//! once.

use warren_model::message::{Message, Stored};
use warren_model::outgoing::{ClientWriter, Outgoing};
use warren_model::rows::{RowBodies, RowTemplate};

use super::channel_deliveries::{OpenSlot, moment};
use super::outbox::target_of;
use super::pending::Pending;
use crate::queues::{Consumer, Held, HeldRow, Turn};

/// See the module's description.
pub(crate) struct ChannelTurn<'o> {
    writer: &'o dyn ClientWriter,
    outgoing: &'o mut Outgoing,
    open: OpenSlot<'o>,
    consumer: &'o Consumer,
    /// The outbox is full when it holds this many bytes.
    full: usize,
    /// Deliveries that may still be made.
    credit: u32,
    /// When they are made; see [`moment`].
    at: u32,
    /// The last delivery tag that was given.
    tag: u64,
    /// Deliveries made.
    sent: u32,
    /// The last one, if those of messages that continue its row can be copied from it.
    template: Option<RowTemplate>,
}

impl<'o> ChannelTurn<'o> {
    /// Begins the turn of `consumer`, which may get so many deliveries until so many bytes wait for its client.
    pub(crate) fn new(
        writer: &'o dyn ClientWriter,
        outgoing: &'o mut Outgoing,
        open: OpenSlot<'o>,
        consumer: &'o Consumer,
        full: usize,
        credit: u32,
    ) -> Self {
        let at = if consumer.no_ack { 0 } else { moment(consumer.queue.context().clock.now()) };
        let tag = open.counts.last_tag;
        Self { writer, outgoing, open, consumer, full, credit, at, tag, sent: 0, template: None }
    }

    /// Ends it. The value is how many deliveries it had.
    pub(crate) fn end(mut self) -> u32 {
        self.open.count(self.sent, self.consumer.no_ack);
        self.sent
    }

    /// Whether one more may be delivered.
    #[inline]
    fn is_open(&self) -> bool {
        self.credit > 0 && self.outgoing.len() < self.full
    }

    /// Counts a delivery, and gives it its tag.
    #[inline]
    fn take_tag(&mut self, held: Held) -> u64 {
        self.credit -= 1;
        self.sent += 1;
        self.tag += 1;
        if !self.consumer.no_ack {
            self.open.pending.push(Pending { tag: self.tag, slot: self.consumer.slot, at: self.at, held });
        }
        self.tag
    }
}

impl Turn for ChannelTurn<'_> {
    fn pass_on(&mut self, held: Held, message: &Message<'_>) -> bool {
        let (tag, is_first) = (self.take_tag(held), self.sent == 1);
        let target = target_of(self.consumer);
        self.template =
            self.writer.pass_on(self.outgoing, &mut self.open.slot.head, &target, tag, is_first, message);
        self.is_open()
    }

    fn send(&mut self, held: Held, redelivered: bool, message: &Stored<'_>) -> bool {
        let tag = self.take_tag(held);
        let target = target_of(self.consumer);
        self.template =
            self.writer.deliver(self.outgoing, &mut self.open.slot.head, &target, tag, redelivered, message);
        self.is_open()
    }

    fn row_room(&self, body_len: usize) -> usize {
        let Some(template) = self.template.filter(|template| template.body_len() == body_len) else {
            return 0;
        };
        // The last one may go beyond what the outbox holds.
        let room = self.full.saturating_sub(self.outgoing.len()).div_ceil(template.size());
        room.min(self.credit as usize)
    }

    fn send_row(&mut self, bodies: RowBodies<'_>, held: Option<&HeldRow>) -> bool {
        let Some(template) = self.template.take() else { return self.is_open() };
        let (count, first) = (bodies.len() as u32, self.tag + 1);
        self.writer.deliver_row(self.outgoing, &self.open.slot.head, template, first, bodies);
        if let Some(held) = held.filter(|_| !self.consumer.no_ack) {
            let (slot, at) = (self.consumer.slot, self.at);
            self.open.pending.extend(&Pending { tag: first, slot, at, held: held.first() }, held);
        }
        self.credit -= count;
        self.sent += count;
        self.tag += u64::from(count);
        self.is_open()
    }
}
