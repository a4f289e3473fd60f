//! Kinds of queues (RabbitMQ, queue types).

pub use warren_arguments::QueueKind;
use warren_model::value::FieldTable;

/// The argument that names a queue's kind.
pub const QUEUE_TYPE: &str = "x-queue-type";

/// The kind that the arguments of a declaration ask for; they are valid.
pub fn kind_of(arguments: &FieldTable) -> QueueKind {
    arguments.get(QUEUE_TYPE).and_then(|value| QueueKind::from_name(value.as_str()?)).unwrap_or_default()
}
