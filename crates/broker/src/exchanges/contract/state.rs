//! What an exchange can keep: messages, in a queue that no client knows.

use std::fmt::Debug;
use std::sync::{Arc, Weak};

use super::ExchangeSettings;
use crate::effects::Effects;
use crate::queues::{DueAt, Outcome, Queue};
use crate::timers::Timers;
use warren_model::binding::Destination;
use warren_model::message::{Message, OwnedMessage};

/// What one exchange keeps, and when it gives it away. Who implements it makes a [`StateKind`] of it, and names that where the
/// exchange type or the argument is declared; the queue, its number in the log, checkpoints and recovery come with it.
pub(crate) trait ExchangeState: Debug + Send + Sync {
    /// The state of an exchange that is new, or that a restart brings back.
    fn make(given: Given<'_>) -> Arc<dyn ExchangeState>
    where
        Self: Sized;

    /// When a message with these properties goes on that came at `arrived_at`, in milliseconds since 1970; 0 if time does not
    /// matter. Recovery asks it, ahead of [`restored`](Self::restored).
    fn due_at(_properties: &[u8], _arrived_at: u64) -> u64
    where
        Self: Sized,
    {
        0
    }

    /// The queue in which messages lie, as it was given.
    fn store(&self) -> &Arc<Queue>;

    /// Takes up the messages that a restart brought back to the store.
    fn restored(&self);

    /// What becomes of a message with these properties, which comes to the exchange to be routed; `None` if it passes by. It may be
    /// asked often about one message, and changes nothing.
    fn on_publish(&self, properties: &[u8]) -> Option<Halt>;

    /// Keeps a message that [`on_publish`](Self::on_publish) had stop, and that comes at `now`. What has to be logged of it is
    /// added to `outcome`. No lock is held.
    fn keep(&self, message: &Message<'_>, now: u64, outcome: &mut Outcome, effects: &mut Effects);

    /// `destination` is newly bound to the exchange. No lock is held.
    fn on_bound(&self, _destination: &Destination, _onward: &dyn Onward, _effects: &mut Effects) {}

    /// How many messages wait for their time; `None` if it lets none wait.
    fn waiting(&self) -> Option<u64> {
        None
    }
}

/// A kind of [`ExchangeState`], to be declared.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StateKind {
    pub due_at: DueAt,
    pub make: fn(Given<'_>) -> Arc<dyn ExchangeState>,
}

impl StateKind {
    /// The kind that `S` implements.
    pub(crate) const fn of<S: ExchangeState>() -> Self {
        Self { due_at: S::due_at, make: S::make }
    }
}

/// What the state of an exchange is made of.
pub(crate) struct Given<'g> {
    /// Name of the exchange.
    pub exchange: Arc<str>,
    /// What it was declared with. A restart brings back only what was good.
    pub settings: &'g ExchangeSettings,
    /// Where messages may lie, as durable as the exchange. No client knows it, and it goes with the exchange.
    pub store: Arc<Queue>,
    /// Where to wait for a time.
    pub timers: Arc<Timers>,
    /// The way on.
    pub onward: Weak<dyn Onward>,
}

/// Where messages go on from an exchange that kept them: into the virtual host, as if they came now. That there is no such
/// exchange or queue is no error: the message is dropped. No lock may be held.
pub(crate) trait Onward: Send + Sync {
    /// From `exchange`, by its bindings.
    fn publish(&self, exchange: &str, message: &OwnedMessage, effects: &mut Effects);

    /// To one destination.
    fn lead_to(&self, destination: &Destination, message: &OwnedMessage, effects: &mut Effects);
}

/// How a message stops at an exchange that keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Halt {
    /// It goes on from there later, and nowhere until then.
    Wait,
    /// It is remembered there, and goes on at once.
    Remember,
}

/// A place where a message is kept on its way.
#[derive(Debug, Clone)]
pub struct Stop {
    state: Arc<dyn ExchangeState>,
    halt: Halt,
}

impl Stop {
    /// Whether a message with these properties stops at an exchange with that state.
    pub(crate) fn at(state: &Arc<dyn ExchangeState>, properties: &[u8]) -> Option<Self> {
        state.on_publish(properties).map(|halt| Self { state: Arc::clone(state), halt })
    }

    /// Whether the message goes nowhere until later.
    pub(crate) fn waits(&self) -> bool {
        self.halt == Halt::Wait
    }

    /// Keeps the message.
    pub(crate) fn keep(&self, message: &Message<'_>, now: u64, outcome: &mut Outcome, effects: &mut Effects) {
        self.state.keep(message, now, outcome, effects);
    }
}
