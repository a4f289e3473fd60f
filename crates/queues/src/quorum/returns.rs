//! How often messages of a quorum queue were delivered and came back (RabbitMQ, quorum queues, poison message handling).

use std::collections::HashMap;
use warren_model::message::Stored;

use warren_model::properties::BasicProperties;

use crate::log::Count;
use crate::pages::held::Held;
use warren_model::message::annotations;

/// See the module's description. Only messages that came back take memory.
#[derive(Debug, Default)]
pub(crate) struct Returns(pub(crate) HashMap<u64, Count>);

impl Returns {
    pub(crate) fn forget(&mut self, sequence: u64) {
        if !self.0.is_empty() {
            self.0.remove(&sequence);
        }
    }

    pub(crate) fn set(&mut self, sequence: u64, count: Count) {
        self.0.insert(sequence, count);
    }

    pub(crate) fn all(&self) -> impl ExactSizeIterator<Item = (u64, Count)> {
        self.0.iter().map(|(sequence, count)| (*sequence, *count))
    }

    /// The properties of a message that came back, with headers that say how often; `None` if it did not.
    pub(crate) fn mark(&self, held: &Held, stored: &Stored<'_>) -> Option<Vec<u8>> {
        if self.0.is_empty() {
            return None;
        }
        let count = self.0.get(&held.sequence)?;
        let mut properties = BasicProperties::decode(stored.shown()).ok()?;
        let headers = properties.headers.get_or_insert_default();
        if count.failed > 0 {
            headers.insert("x-delivery-count", i64::from(count.failed));
        }
        headers.insert("x-acquired-count", i64::from(count.acquired));
        let mut properties = properties.to_bytes();
        properties.extend_from_slice(annotations::tail(stored.properties, stored.annotated));
        Some(properties)
    }
}
