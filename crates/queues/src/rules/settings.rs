//! What queues are declared with.

use warren_arguments::ARGUMENTS;
use warren_model::value::{FieldTable, FieldValue};

use crate::rules::kind::{QUEUE_TYPE, QueueKind};
use warren_model::error::Error;

/// When a message with these properties goes on that came at `arrived_at`, in milliseconds since 1970; 0 if time does not matter.
pub type DueAt = fn(properties: &[u8], arrived_at: u64) -> u64;

/// What a queue is declared with.
#[derive(Debug, Clone, Default)]
pub struct QueueSettings {
    /// Survives a restart of the node.
    pub durable: bool,
    /// Goes when its last consumer leaves.
    pub auto_delete: bool,
    /// The connection that alone may use it and that it goes with.
    pub exclusive_owner: Option<u64>,
    /// Keeps messages for an exchange, each until the time that this says; no client knows it.
    pub holds: Option<DueAt>,
    /// Arguments of `queue.declare`.
    pub arguments: FieldTable,
}

impl QueueSettings {
    /// Whether the queue survives a restart: exclusive ones go with their connection, durable or not.
    pub fn is_durable(&self) -> bool {
        self.durable && self.exclusive_owner.is_none()
    }

    /// Whether a declaration with `given` settings means the queue that has these.
    ///
    /// # Errors
    /// `RESOURCE_LOCKED` if it is exclusive to another connection; `PRECONDITION_FAILED` naming what differs
    /// (AMQP 0-9-1, `queue.declare`).
    pub fn assert_equivalent(&self, given: &Self, name: &str, vhost: &str) -> Result<(), Error> {
        if self.exclusive_owner != given.exclusive_owner {
            return Err(Error::resource_locked(name, vhost));
        }
        let differs = |key: &str, received: bool, current: bool| {
            Error::inequivalent_flag(key, "queue", name, vhost, received, current)
        };
        if self.durable != given.durable {
            return Err(differs("durable", given.durable, self.durable));
        }
        if self.auto_delete != given.auto_delete {
            return Err(differs("auto_delete", given.auto_delete, self.auto_delete));
        }
        // To name the type that is meant without a name is no difference.
        let kind = |arguments: &FieldTable| {
            let name = arguments.get(QUEUE_TYPE).and_then(|name| name.as_str());
            name.map_or(Some(QueueKind::Classic), QueueKind::from_name)
        };
        let differs = (kind(&given.arguments) != kind(&self.arguments)).then_some(QUEUE_TYPE);
        let keys: Vec<_> =
            differs.into_iter().chain(ARGUMENTS.iter().map(|argument| argument.name)).collect();
        assert_arguments(&keys, "queue", name, vhost, &given.arguments, &self.arguments)
    }
}

/// Compares declaration arguments as RabbitMQ does: the known ones, by value and not by integer width.
///
/// # Errors
/// `PRECONDITION_FAILED` naming the first argument that differs.
pub fn assert_arguments(
    keys: &[&str],
    what: &str,
    name: &str,
    vhost: &str,
    received: &FieldTable,
    current: &FieldTable,
) -> Result<(), Error> {
    // A queue that does not say what it is is classic.
    let unsaid = FieldValue::from(QueueKind::Classic.as_str());
    for key in keys {
        let unsaid = (*key == QUEUE_TYPE).then_some(&unsaid);
        let (received, current) = (received.get(key).or(unsaid), current.get(key).or(unsaid));
        let same = match (received, current) {
            (Some(a), Some(b)) => a == b || (a.as_integer().is_some() && a.as_integer() == b.as_integer()),
            (a, b) => a.is_none() && b.is_none(),
        };
        if !same {
            let classic = FieldValue::from(QueueKind::Classic.as_str());
            let said = |value: Option<_>| if *key == QUEUE_TYPE { value.or(Some(&classic)) } else { value };
            return Err(Error::inequivalent_argument(key, what, name, vhost, said(received), said(current)));
        }
    }
    Ok(())
}
