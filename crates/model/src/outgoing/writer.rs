//! The port through which a protocol puts into octets what a client gets.

use super::buffer::Outgoing;
use crate::message::{Message, Stored};
use crate::rows::{RowBodies, RowTemplate};

/// Where deliveries go: a consumer on its channel.
#[derive(Debug, Clone, Copy)]
pub struct DeliveryTarget<'a> {
    /// Number of the channel.
    pub channel: u16,
    /// Identifies the consumer on the channel.
    pub consumer_tag: &'a str,
}

/// What the deliveries to one consumer begin with, as the writer keeps it from one to the next.
#[derive(Debug, Default)]
pub struct TargetHead {
    /// The octets; empty before anything was delivered.
    pub bytes: Vec<u8>,
    /// Where in them the delivery tag stands.
    pub tag_at: usize,
}

/// A message that a client fetched.
#[derive(Debug, Clone)]
pub struct Fetched<'a> {
    /// Whether it was delivered before.
    pub redelivered: bool,
    /// Messages that are still ready in its queue.
    pub remaining: u64,
    /// The message.
    pub message: Stored<'a>,
}

/// Writes what one client gets, in its protocol. It is called with locks held: it only appends to `out`.
///
/// Deliveries are told in rows where they can be, so that none of the calls is one for each message of a busy publisher.
pub trait ClientWriter: Send + Sync {
    /// A delivery of a message in the moment in which it came. Unless it `is_first`, its exchange and routing key are those of the call
    /// before with the same `head`. The value is a template for the messages that continue its row, if their deliveries can be copied
    /// from it.
    fn pass_on(
        &self,
        out: &mut Outgoing,
        head: &mut TargetHead,
        target: &DeliveryTarget<'_>,
        delivery_tag: u64,
        is_first: bool,
        message: &Message<'_>,
    ) -> Option<RowTemplate>;

    /// A delivery of a message that rested. The value is as that of [`pass_on`](Self::pass_on).
    fn deliver(
        &self,
        out: &mut Outgoing,
        head: &mut TargetHead,
        target: &DeliveryTarget<'_>,
        delivery_tag: u64,
        redelivered: bool,
        message: &Stored<'_>,
    ) -> Option<RowTemplate>;

    /// Deliveries of the messages that continue a row, behind the one that gave `template`. The first of them has the tag
    /// `delivery_tag`.
    fn deliver_row(
        &self,
        out: &mut Outgoing,
        head: &TargetHead,
        template: RowTemplate,
        delivery_tag: u64,
        bodies: RowBodies<'_>,
    );

    /// The answer to a fetch: a message.
    fn fetched(&self, out: &mut Outgoing, channel: u16, delivery_tag: u64, fetched: &Fetched<'_>);

    /// The answer to a fetch: nothing is ready.
    fn fetched_nothing(&self, out: &mut Outgoing, channel: u16);

    /// A message comes back to its publisher: no queue got it.
    fn returned(&self, out: &mut Outgoing, channel: u16, message: &Message<'_>);

    /// The publisher's message of that number is safe; with `multiple` also all before it.
    fn confirmed(&self, out: &mut Outgoing, channel: u16, number: u64, multiple: bool);

    /// The publisher's message of that number was refused or lost; with `multiple` also all before it.
    fn refused(&self, out: &mut Outgoing, channel: u16, number: u64, multiple: bool);

    /// A consumer was started.
    fn consuming(&self, out: &mut Outgoing, target: &DeliveryTarget<'_>);

    /// A consumer was ended by the broker.
    fn cancelled(&self, out: &mut Outgoing, target: &DeliveryTarget<'_>);
}
