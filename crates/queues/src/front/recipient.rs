//! The port through which queues deliver. Who receives decides what a delivery becomes: a queue knows of tags, octets and sockets
//! nothing.
//!
//! A queue delivers in turns, and in rows where it can, so that what the port costs is not paid for each message.

use std::fmt;

use parking_lot::MappedMutexGuard;
use warren_model::message::{Message, Stored};
use warren_model::rows::RowBodies;

use crate::front::consumer::Consumer;
use crate::front::effects::Effects;
use crate::pages::held::Held;
use crate::pages::rows::HeldRow;

/// Who gets what the queues deliver to some consumers, as a client's connection does.
pub trait Recipient: Send + Sync + fmt::Debug {
    /// Locks it, to deliver. Called with a queue's lock held: nothing that holds it may ask for a queue's lock.
    fn lock(&self) -> MappedMutexGuard<'_, dyn Deliveries>;

    /// Sends what it got, without blocking. Called with no lock held. Recipients that get something because this one has room again are
    /// added to `effects`.
    fn send(&self, effects: &mut Effects);

    /// Consumers were [stalled](Deliveries::stall): somebody who may take his time has to serve them. Called with locks held.
    fn wake(&self);

    /// The broker has cancelled `consumer`, one of its own.
    fn cancelled(&self, consumer: &Consumer);
}

/// A recipient that is locked.
pub trait Deliveries {
    /// Lets `supply` deliver to `consumer`, which has its turn: at most `most` messages, at least one may be. `None` if it may get nothing
    /// now; it is marked then, and will be resumed.
    fn deliver(
        &mut self,
        consumer: &Consumer,
        most: u32,
        supply: &mut dyn FnMut(&mut dyn Turn),
    ) -> Option<Delivered>;

    /// Whoever may be busy elsewhere leaves `consumer` to its own task: see [`Recipient::wake`].
    fn stall(&mut self, consumer: &Consumer);
}

/// What came of a turn.
#[derive(Debug, Clone, Copy, Default)]
pub struct Delivered {
    /// How many messages were delivered.
    pub count: u32,
    /// The recipient has to be sent to by whoever delivered; unset if somebody else was told already.
    pub to_send: bool,
}

/// The turn of one consumer. Where a method says so by `false`, it gets no more in this turn.
pub trait Turn {
    /// Delivers a message in the moment in which it comes. All that are delivered so in one turn have the same exchange and routing key,
    /// and none that rested is delivered among them.
    fn pass_on(&mut self, held: Held, message: &Message<'_>) -> bool;

    /// Delivers a message that rested.
    fn send(&mut self, held: Held, redelivered: bool, message: &Stored<'_>) -> bool;

    /// How many messages that continue the row of the one that was delivered just now may be delivered with it: 0 if it gives no row.
    fn row_room(&self, body_len: usize) -> usize;

    /// Delivers messages that continue the row of the one that was delivered just now, of which there is [room](Self::row_room) for. `held`
    /// says how to settle them if they are to be acknowledged.
    fn send_row(&mut self, bodies: RowBodies<'_>, held: Option<&HeldRow>) -> bool;
}
