//! The last messages that an exchange of type `x-recent-history` routed; whoever is bound to it gets them (RabbitMQ, recent
//! history exchange).
//!
//! They lie in a queue that only the exchange knows: persistent ones survive a restart if the exchange does.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use warren_model::properties::RawProperties;
use warren_model::value::{FieldTable, FieldValue};

use crate::effects::Effects;
use crate::queues::{Held, Outcome, Queue};
use warren_model::error::Error;
use warren_model::message::{Message, OwnedMessage};

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
pub(crate) fn length(arguments: &FieldTable) -> Result<u64, Error> {
    let Some(value) = arguments.get(LENGTH) else { return Ok(DEFAULT_LENGTH) };
    let length = value.as_integer().and_then(|length| u64::try_from(length).ok());
    length.filter(|length| *length > 0).ok_or_else(|| Error::invalid_history_length(value))
}

/// See the module's description.
#[derive(Debug)]
pub(crate) struct History {
    length: u64,
    queue: Arc<Queue>,
    /// The oldest first.
    kept: Mutex<VecDeque<Held>>,
}

impl History {
    /// Nothing was routed yet. Messages will lie in `queue`.
    pub(crate) fn new(length: u64, queue: Arc<Queue>) -> Arc<Self> {
        Arc::new(Self { length, queue, kept: Mutex::default() })
    }

    /// The queue in which messages lie.
    pub(crate) fn queue(&self) -> &Arc<Queue> {
        &self.queue
    }

    /// A message is routed. What has to be logged is added to `outcome`.
    pub(crate) fn remember(&self, message: &Message<'_>, outcome: &mut Outcome, effects: &mut Effects) {
        if asks_not_to_be_kept(message.properties) {
            return;
        }
        let mut kept = self.kept.lock();
        kept.extend(self.queue.hold(message, 0, outcome));
        self.forget_old(&mut kept, effects);
    }

    /// Takes up what a restart brought back.
    pub(crate) fn restored(&self) {
        self.kept.lock().extend(self.queue.hold_restored().into_iter().map(|(_, held)| held));
    }

    /// Shows the last messages, the oldest first, one by one.
    pub(crate) fn each(&self, mut show: impl FnMut(&OwnedMessage)) {
        let kept: Vec<Held> = self.kept.lock().iter().copied().collect();
        kept.iter().filter_map(|held| self.queue.copy_held(held)).for_each(|message| show(&message));
    }

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
