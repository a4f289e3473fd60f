//! Kinds of queues (RabbitMQ, queue types).

/// What a queue promises about its messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum QueueKind {
    /// The ordinary queue.
    #[default]
    Classic,
    /// Always durable; counts failed deliveries, and gives up on messages that fail too often.
    Quorum,
    /// A log that consumers read without taking anything out.
    Stream,
}

impl QueueKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Classic, Self::Quorum, Self::Stream];

    /// The name that `x-queue-type` gives.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Classic => "classic",
            Self::Quorum => "quorum",
            Self::Stream => "stream",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Whether a queue with these properties can be of the kind: only classic queues may be transient, exclusive or
    /// deleted with their last consumer.
    pub fn takes(self, durable: bool, exclusive: bool, auto_delete: bool) -> bool {
        self == Self::Classic || (durable && !exclusive && !auto_delete)
    }
}
