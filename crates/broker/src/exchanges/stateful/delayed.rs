//! The exchange `x-delayed-message`: routes as another type does, which the argument `x-delayed-type` names, but messages
//! with a header `x-delay` wait first (RabbitMQ, delayed message exchange).
//!
//! They lie in a queue that only the exchange knows, so that they are as durable as the exchange, whatever their own delivery
//! mode is, and long waits need no memory but for an index: when each is due. At its time a message is routed as if it had come
//! then, and leaves that queue once it is where it goes.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use warren_model::properties::{Change, RawProperties, peek_delivery_mode, rewrite};
use warren_model::value::{FieldTable, FieldValue};

use crate::effects::Effects;
use crate::exchanges::contract::{
    Addition, Addressed, ExchangeSettings, ExchangeState, ExchangeType, Given, Halt, Onward, Router,
    StateKind, Types,
};
use crate::queues::{Held, Outcome, Queue, QueueKind};
use crate::timers::{Timed, Timers};
use warren_model::binding::{Binding, Destination};
use warren_model::error::Error;
use warren_model::message::annotations;
use warren_model::message::{Message, OwnedMessage};

/// The argument that names the other type.
const X_DELAYED_TYPE: &str = "x-delayed-type";
/// LavinMQ's argument that makes an exchange of any type a delayed one.
const X_DELAYED_EXCHANGE: &str = "x-delayed-exchange";
/// The header that says how long a message waits, in milliseconds.
const X_DELAY: &str = "x-delay";
/// Messages, and bytes of their bodies, that are released in one go, because each is copied; the timer goes on with the rest.
pub(crate) const AT_ONCE: usize = 1024;
const BYTES_AT_ONCE: u64 = 4 * 1024 * 1024;
/// Delivery mode of messages that survive a restart.
const PERSISTENT: u8 = 2;

/// The type. The bindings are the other type's business.
pub(crate) struct DelayedMessage {
    inner: Box<dyn Router>,
}

impl ExchangeType for DelayedMessage {
    const NAME: &'static str = "x-delayed-message";
    const DESCRIPTION: &'static str = "Delayed Message Exchange.";
    const STATE: Option<StateKind> = Some(StateKind::of::<Delays>());

    /// # Errors
    /// `PRECONDITION_FAILED` if the argument names no type, or one that keeps messages itself.
    fn router(arguments: &FieldTable, types: Types) -> Result<Box<dyn Router>, Error> {
        let Some(FieldValue::LongString(name)) = arguments.get(X_DELAYED_TYPE) else {
            return Err(Error::invalid_delayed_type());
        };
        let name = String::from_utf8_lossy(name);
        let inner = types.find(&name)?;
        if inner.state.is_some() {
            return Err(Error::invalid_delayed_type());
        }
        Ok(Box::new(Self { inner: (inner.router)(arguments, types)? }))
    }
}

impl Router for DelayedMessage {
    fn check(&self, binding: &Binding) -> Result<(), Error> {
        self.inner.check(binding)
    }

    fn bind(&mut self, binding: &Arc<Binding>) -> Result<(), Error> {
        self.inner.bind(binding)
    }

    fn takes(&self, kind: QueueKind) -> bool {
        self.inner.takes(kind)
    }

    fn unbind(&mut self, binding: &Arc<Binding>) {
        self.inner.unbind(binding);
    }

    fn route<'r>(&'r self, message: &Addressed<'_>, found: &mut Vec<&'r Destination>) {
        self.inner.route(message, found);
    }

    /// Any message may have a delay.
    fn by_key_alone(&self) -> bool {
        false
    }
}

/// What an exchange of any type keeps messages with if its arguments make it a delayed one.
pub(crate) const ADDITION: Addition<StateKind> = Addition { arguments: &[], asked_for };

fn asked_for(settings: &ExchangeSettings) -> Option<StateKind> {
    let asked = settings.arguments.get(X_DELAYED_EXCHANGE).and_then(|value| value.as_bool());
    asked.unwrap_or_default().then(StateKind::of::<Delays>)
}

/// How long a message is to wait, in milliseconds; `None` if it is not to wait: without the header, or with one that is no
/// number above zero.
fn delay_of(properties: &[u8]) -> Option<u64> {
    let value = RawProperties::new(properties).headers()?.get(X_DELAY)?.to_owned();
    let number = match &value {
        FieldValue::LongString(text) => std::str::from_utf8(text).ok()?.trim().parse().ok()?,
        FieldValue::Double(number) => *number as i64,
        FieldValue::Float(number) => *number as i64,
        other => other.as_integer()?,
    };
    u64::try_from(number).ok().filter(|delay| *delay > 0)
}

/// What waits, by the time at which it is due and the order in which it came.
#[derive(Debug, Default)]
struct Waiting {
    index: BTreeMap<(u64, u64), Held>,
    /// When the timer goes off; 0 while none is armed.
    armed: u64,
}

/// The messages that wait at one exchange.
#[derive(Debug)]
struct Delays {
    /// The exchange that it is for.
    exchange: Arc<str>,
    queue: Arc<Queue>,
    timers: Arc<Timers>,
    onward: Weak<dyn Onward>,
    me: Weak<Delays>,
    waiting: Mutex<Waiting>,
}

impl ExchangeState for Delays {
    fn make(given: Given<'_>) -> Arc<dyn ExchangeState> {
        let Given { exchange, store: queue, timers, onward, .. } = given;
        let waiting = Mutex::default();
        Arc::new_cyclic(|me| Self { exchange, queue, timers, onward, me: me.clone(), waiting })
    }

    fn due_at(properties: &[u8], arrived_at: u64) -> u64 {
        arrived_at.saturating_add(delay_of(properties).unwrap_or_default()).max(1)
    }

    fn store(&self) -> &Arc<Queue> {
        &self.queue
    }

    fn restored(&self) {
        let found = self.queue.hold_restored();
        let mut waiting = self.waiting.lock();
        waiting.index.extend(found.into_iter().map(|(due, held)| ((due, held.sequence), held)));
        self.arm(&mut waiting);
    }

    fn on_publish(&self, properties: &[u8]) -> Option<Halt> {
        delay_of(properties).map(|_| Halt::Wait)
    }

    fn keep(&self, message: &Message<'_>, now: u64, outcome: &mut Outcome, _: &mut Effects) {
        let due = Self::due_at(message.properties, now);
        let message = Message { persistent: self.queue.is_durable(), ..message.clone() };
        let mut waiting = self.waiting.lock();
        if let Some(held) = self.queue.hold(&message, due, outcome) {
            waiting.index.insert((due, held.sequence), held);
            self.arm(&mut waiting);
        }
    }

    fn waiting(&self) -> Option<u64> {
        Some(self.waiting.lock().index.len() as u64)
    }
}

impl Delays {
    fn arm(&self, waiting: &mut Waiting) {
        let Some(&(due, _)) = waiting.index.first_key_value().map(|(at, _)| at) else { return };
        if waiting.armed == 0 || due < waiting.armed {
            waiting.armed = due;
            let me: Weak<Self> = self.me.clone();
            self.timers.arm(due, me);
        }
    }

    /// What is due at `now`, in order, as much as is released in one go.
    fn take_due(&self, now: u64) -> Vec<Held> {
        let mut waiting = self.waiting.lock();
        let (mut due, mut bytes) = (Vec::new(), 0);
        while due.len() < AT_ONCE
            && bytes < BYTES_AT_ONCE
            && let Some(first) = waiting.index.first_entry().filter(|first| first.key().0 <= now)
        {
            let held = first.remove();
            bytes += u64::from(held.body_len);
            due.push(held);
        }
        waiting.armed = 0;
        self.arm(&mut waiting);
        due
    }

    fn release(&self, held: Held, effects: &mut Effects) {
        if let Some(message) = self.queue.copy_held(&held)
            && let Some(onward) = self.onward.upgrade()
        {
            onward.publish(&self.exchange, &past(message), effects);
        }
        // Where it went is logged first, so that a crash loses nothing.
        self.queue.let_go(&[held], effects);
    }
}

impl Timed for Delays {
    fn due(self: Arc<Self>, now: u64, effects: &mut Effects) {
        self.take_due(now).into_iter().for_each(|held| self.release(held, effects));
    }
}

/// The message as it goes on: its delay is marked as over by its sign, so that it does not wait again, and whether it survives a
/// restart is its own matter again.
fn past(mut message: OwnedMessage) -> OwnedMessage {
    let visible = annotations::shown(&message.properties, message.annotated);
    if let Some(delay) = delay_of(visible)
        && let Some(mut headers) = RawProperties::new(visible).headers().map(|headers| headers.to_owned())
    {
        let over = i64::try_from(delay).unwrap_or(i64::MAX).saturating_neg();
        match i32::try_from(over) {
            Ok(over) => headers.insert(X_DELAY, over),
            Err(_) => headers.insert(X_DELAY, over),
        };
        let mut properties = Vec::with_capacity(message.properties.len());
        if rewrite(visible, Change::Set(&headers), Change::Keep, &mut properties).is_ok() {
            properties.extend_from_slice(annotations::tail(&message.properties, message.annotated));
            message.properties = properties;
        }
    }
    message.persistent = peek_delivery_mode(&message.properties) == Some(PERSISTENT);
    message
}

#[cfg(test)]
#[path = "delayed_tests.rs"]
mod tests;
