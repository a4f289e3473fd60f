//! The kinds of queues, as the argument `x-queue-type` names them.

use warren_protocol::value::FieldTable;

/// The argument that names a queue's kind.
pub const QUEUE_TYPE: &str = "x-queue-type";

/// A kind of queue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum QueueKind {
    /// What a queue is that says nothing else.
    #[default]
    Classic,
    /// Replicated where there is a cluster.
    Quorum,
    /// A log that consumers read at their own places.
    Stream,
}

impl QueueKind {
    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "classic" => Some(Self::Classic),
            "quorum" => Some(Self::Quorum),
            "stream" => Some(Self::Stream),
            _ => None,
        }
    }

    /// The kind that a queue declared with `arguments` is of.
    pub fn of(arguments: &FieldTable) -> Self {
        arguments
            .get(QUEUE_TYPE)
            .and_then(|value| value.as_str())
            .and_then(Self::from_name)
            .unwrap_or_default()
    }

    /// `classic`, `quorum` or `stream`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Classic => "classic",
            Self::Quorum => "quorum",
            Self::Stream => "stream",
        }
    }

    /// Whether a queue with these properties can be of the kind: only classic queues may be transient, exclusive or
    /// deleted with their last consumer.
    pub fn takes(self, durable: bool, exclusive: bool, auto_delete: bool) -> bool {
        self == Self::Classic || (durable && !exclusive && !auto_delete)
    }
}
