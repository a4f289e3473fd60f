//! The exchange `x-recent-history`: routes as a fanout exchange does, and gives its last messages to whoever is bound to it
//! (RabbitMQ, recent history exchange).
//!
//! They lie in a queue that only the exchange knows: persistent ones survive a restart if the exchange does.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use warren_model::properties::RawProperties;
use warren_model::value::{FieldTable, FieldValue};

use crate::effects::Effects;
use crate::exchanges::contract::{
    ExchangeState, ExchangeType, Given, Halt, Onward, Router, StateKind, Types,
};
use crate::exchanges::stateless::fanout::Fanout;
use crate::queues::{Held, Outcome, Queue};
use warren_model::binding::Destination;
use warren_model::error::Error;
use warren_model::message::Message;

/// The argument that says how many messages are kept.
const LENGTH: &str = "x-recent-history-length";
/// How many are, unless it is said.
const DEFAULT_LENGTH: u64 = 20;
/// Messages with this header set to true are not kept.
const NO_STORE: &str = "x-recent-history-no-store";

/// How many messages an exchange with these arguments keeps.
///
/// # Errors
/// `PRECONDITION_FAILED` for what is no whole number above zero.
fn length(arguments: &FieldTable) -> Result<u64, Error> {
    let Some(value) = arguments.get(LENGTH) else { return Ok(DEFAULT_LENGTH) };
    let length = value.as_integer().and_then(|length| u64::try_from(length).ok());
    length.filter(|length| *length > 0).ok_or_else(|| Error::invalid_history_length(value))
}

/// The type.
pub(crate) struct RecentHistory;

impl ExchangeType for RecentHistory {
    const NAME: &'static str = "x-recent-history";
    const DESCRIPTION: &'static str = "Recent History Exchange.";
    const STATE: Option<StateKind> = Some(StateKind::of::<History>());

    /// # Errors
    /// `PRECONDITION_FAILED` for a length of the history that is no whole number above zero.
    fn router(arguments: &FieldTable, _: Types) -> Result<Box<dyn Router>, Error> {
        length(arguments)?;
        Ok(Box::<Fanout>::default())
    }
}

/// The last messages of one exchange.
#[derive(Debug)]
struct History {
    length: u64,
    queue: Arc<Queue>,
    /// The oldest first.
    kept: Mutex<VecDeque<Held>>,
}

impl ExchangeState for History {
    fn make(given: Given<'_>) -> Arc<dyn ExchangeState> {
        // The router that is made of the same arguments refuses bad ones.
        let length = length(&given.settings.arguments).unwrap_or(1);
        Arc::new(Self { length, queue: given.store, kept: Mutex::default() })
    }

    fn store(&self) -> &Arc<Queue> {
        &self.queue
    }

    fn restored(&self) {
        self.kept.lock().extend(self.queue.hold_restored().into_iter().map(|(_, held)| held));
    }

    fn on_publish(&self, _: &[u8]) -> Option<Halt> {
        Some(Halt::Remember)
    }

    fn keep(&self, message: &Message<'_>, _: u64, outcome: &mut Outcome, effects: &mut Effects) {
        if asks_not_to_be_kept(message.properties) {
            return;
        }
        let mut kept = self.kept.lock();
        kept.extend(self.queue.hold(message, 0, outcome));
        self.forget_old(&mut kept, effects);
    }

    fn on_bound(&self, destination: &Destination, onward: &dyn Onward, effects: &mut Effects) {
        // They are copied one by one: a destination may lead back to this exchange.
        let kept: Vec<Held> = self.kept.lock().iter().copied().collect();
        for message in kept.iter().filter_map(|held| self.queue.copy_held(held)) {
            onward.lead_to(destination, &message, effects);
            // What is to be logged does not gather; that it cannot be is said where it is tried.
            let _ = effects.append_early();
        }
    }
}

impl History {
    fn forget_old(&self, kept: &mut VecDeque<Held>, effects: &mut Effects) {
        while kept.len() as u64 > self.length
            && let Some(oldest) = kept.pop_front()
        {
            self.queue.let_go(&[oldest], effects);
        }
    }
}

fn asks_not_to_be_kept(properties: &[u8]) -> bool {
    let headers = RawProperties::new(properties).headers();
    let value = headers.and_then(|headers| Some(headers.get(NO_STORE)?.to_owned()));
    value == Some(FieldValue::Boolean(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_whole_numbers_above_zero() {
        let of = |value: FieldValue| {
            let mut arguments = FieldTable::new();
            arguments.insert(LENGTH, value);
            length(&arguments)
        };
        assert_eq!(length(&FieldTable::new()), Ok(20));
        assert_eq!(of(3.into()), Ok(3));
        for (bad, shown) in [(0.into(), "0"), ((-2).into(), "-2"), ("3".into(), "<<\"3\">>")] {
            let error = of(bad).unwrap_err();
            let text =
                format!("Invalid argument {shown}, 'x-recent-history-length' must be a positive integer");
            assert_eq!((error.name(), error.reason()), ("PRECONDITION_FAILED", text.as_str()));
        }
    }
}
