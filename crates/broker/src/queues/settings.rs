//! What queues are declared with.

use warren_model::value::{FieldTable, FieldValue};

use super::kind::{QUEUE_TYPE, QueueKind};
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

/// Compares declaration arguments as RabbitMQ does: the known ones, by value and not by integer width.
///
/// # Errors
/// `PRECONDITION_FAILED` naming the first argument that differs.
pub(crate) fn assert_arguments(
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
