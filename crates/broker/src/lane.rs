//! The way of deliveries to one consumer, for as long as its outbox is locked and it has credit: what is the same for
//! all of them is looked up once.

use std::ops::Range;
use warren_model::message::{Stored, StoredBody};

use warren_amqp091::constants::FRAME_OVERHEAD;
use warren_amqp091::content::write_received;
use warren_amqp091::delivery::DeliverFrame;

use crate::deliveries::{ChannelDeliveries, Pending};
use crate::outbox::Outgoing;
use crate::queues::{Consumer, Held, HeldRow};
use crate::repetition::LastPiece;
use warren_model::message::{Body, Message};

/// See the module's description.
pub(crate) struct Lane<'o> {
    pub(crate) outgoing: &'o mut Outgoing,
    pub(crate) channel: &'o mut ChannelDeliveries,
    pub(crate) consumer: &'o Consumer,
    /// The frame that the consumer's deliveries begin with.
    pub(crate) frame: DeliverFrame,
    /// Largest frame that the client accepts, in bytes; 0 is no limit.
    pub(crate) frame_max: u32,
    /// The outbox is full when it holds this many bytes.
    pub(crate) full: usize,
    /// Deliveries that may still be made.
    pub(crate) credit: u32,
    /// When they are made; see [`crate::deliveries::moment`].
    pub(crate) at: u32,
    /// The last delivery tag that was given.
    pub(crate) tag: u64,
    /// Deliveries made.
    pub(crate) sent: u32,
    /// Where all but the body of the last one stands in `outgoing`, if its body is one frame.
    pub(crate) head: Option<Range<usize>>,
}

impl Lane<'_> {
    /// Whether one more may be delivered.
    #[inline]
    pub(crate) fn is_open(&self) -> bool {
        self.credit > 0 && self.outgoing.len() < self.full
    }

    /// At most `most` are delivered: others have their turn then.
    pub(crate) fn limit(&mut self, most: u32) {
        self.credit = self.credit.min(most);
    }

    /// Delivers a message in the moment in which it comes. All messages of a lane must have the same exchange and routing key as
    /// the one that [`aim`](Self::aim) was called with last.
    #[inline]
    pub(crate) fn pass_on(&mut self, held: Held, message: &Message<'_>) {
        let start = self.outgoing.bytes.len();
        self.begin(held, false);
        let channel = self.consumer.channel;
        match message.body {
            Body::Inline(body) if !message.frames.is_empty() && self.fits(body.len()) => {
                let properties = message.properties.len();
                write_received(&mut self.outgoing.bytes, channel, message.frames, properties);
                self.keep_head(start, body);
            }
            _ => self.write(start, &Stored::from(message)),
        }
    }

    /// Delivers a message that rests.
    #[inline]
    pub(crate) fn send(&mut self, held: Held, redelivered: bool, message: &Stored<'_>) {
        let start = self.outgoing.bytes.len();
        self.aim(message.exchange, message.routing_key);
        self.begin(held, redelivered);
        self.write(start, message);
    }

    /// Writes the content of a delivery that begins at `start`.
    #[inline]
    fn write(&mut self, start: usize, message: &Stored<'_>) {
        self.outgoing.write_stored(self.consumer.channel, self.frame_max, message);
        match message.body {
            StoredBody::Inline(body) => self.keep_head(start, body),
            StoredBody::Shared(_) => self.head = None,
        }
    }

    #[inline]
    fn keep_head(&mut self, start: usize, body: &[u8]) {
        let has_one_frame = !body.is_empty() && self.fits(body.len());
        self.head = has_one_frame.then(|| start..self.outgoing.bytes.len() - body.len() - 1);
    }

    /// The last delivery, as a model for those of messages that differ in number and the octets of the body alone, and how many of
    /// them may be made. `None` if it is no model.
    #[inline]
    pub(crate) fn last(&self, body_len: usize) -> Option<(LastPiece, usize)> {
        let head = self.head.as_ref().filter(|_| self.credit > 0)?;
        let last = LastPiece::of(&self.outgoing.bytes, head.start, head.len(), body_len, 1)?;
        // The last one may go beyond what the outbox holds.
        let room = self.full.saturating_sub(self.outgoing.len()).div_ceil(last.size());
        Some((last, room.min(self.credit as usize)))
    }

    /// Delivers messages like the [last](Self::last) one, as many as may be. `held` says how to settle them if they are to be
    /// acknowledged.
    #[inline]
    pub(crate) fn repeat<'b>(
        &mut self,
        last: LastPiece,
        bodies: impl ExactSizeIterator<Item = &'b [u8]>,
        held: Option<&HeldRow>,
    ) {
        let count = bodies.len() as u32;
        let (mut tag, frame) = (self.tag, &self.frame);
        last.repeat(&mut self.outgoing.bytes, bodies, |copy| {
            tag += 1;
            frame.number(copy, tag);
        });
        if let Some(held) = held.filter(|_| !self.consumer.no_ack) {
            let (slot, at) = (self.consumer.slot, self.at);
            let first = Pending { tag: self.tag + 1, slot, at, held: held.first() };
            self.channel.remember_row(&first, held);
        }
        self.credit -= count;
        self.sent += count;
        self.tag = tag;
        self.head = None;
    }

    /// Whether a body of that length goes into one frame.
    #[inline]
    fn fits(&self, body_len: usize) -> bool {
        self.frame_max == 0 || body_len + FRAME_OVERHEAD <= self.frame_max as usize
    }

    /// The next messages were published to `exchange` with `routing_key`.
    #[inline]
    pub(crate) fn aim(&mut self, exchange: &[u8], routing_key: &[u8]) {
        self.frame.aim(self.consumer.channel, self.consumer.tag.as_bytes(), exchange, routing_key);
    }

    /// Counts a delivery, and gives it its tag.
    #[inline]
    fn take_tag(&mut self, held: Held) -> u64 {
        self.credit -= 1;
        self.sent += 1;
        self.tag += 1;
        if !self.consumer.no_ack {
            self.channel.remember(Pending { tag: self.tag, slot: self.consumer.slot, at: self.at, held });
        }
        self.tag
    }

    #[inline]
    fn begin(&mut self, held: Held, redelivered: bool) {
        let tag = self.take_tag(held);
        self.frame.append(&mut self.outgoing.bytes, tag, redelivered);
    }
}

impl Drop for Lane<'_> {
    fn drop(&mut self) {
        self.channel.count(self.consumer.slot, self.sent, self.consumer.no_ack);
        self.channel.keep_frame(self.consumer.slot, std::mem::take(&mut self.frame));
    }
}
