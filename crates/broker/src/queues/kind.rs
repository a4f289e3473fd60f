//! Kinds of queues (RabbitMQ, queue types).

use warren_protocol::value::FieldTable;

use super::queue::QueueSettings;
use crate::error::Error;

/// The largest segments of a stream that can be asked for (bytes), and the sizes of its filters (bytes).
const MAX_SEGMENT_SIZE: i64 = 3_000_000_000;
const FILTER_SIZES: std::ops::RangeInclusive<i64> = 16..=255;

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

    /// Whether a new queue of this kind may be declared with `settings`, the arguments of which are valid.
    ///
    /// # Errors
    /// `PRECONDITION_FAILED` for flags, a name of the broker's making, and sizes that are not for it.
    pub(crate) fn check(
        self,
        settings: &QueueSettings,
        server_named: bool,
        queue: &str,
        vhost: &str,
    ) -> Result<(), Error> {
        if self == Self::Classic {
            return Ok(());
        }
        if server_named {
            return Err(Error::cannot_be_server_named(self.as_str()));
        }
        let flags = [
            (settings.auto_delete, "auto-delete"),
            (settings.exclusive_owner.is_some(), "exclusive-owner"),
            (!settings.durable, "non-durable"),
        ];
        if let Some((_, flag)) = flags.into_iter().find(|(set, _)| *set) {
            return Err(Error::invalid_property(flag, queue, vhost));
        }
        let size = |key: &str| settings.arguments.get(key).and_then(|value| value.as_integer());
        if size("x-stream-max-segment-size-bytes").is_some_and(|size| size > MAX_SEGMENT_SIZE) {
            return Err(Error::segments_too_large());
        }
        if size("x-stream-filter-size-bytes").is_some_and(|size| !FILTER_SIZES.contains(&size)) {
            return Err(Error::invalid_filter_size());
        }
        Ok(())
    }

    /// The kind that the arguments of a declaration ask for; they are valid.
    pub fn of(arguments: &FieldTable) -> Self {
        arguments.get("x-queue-type").and_then(|value| Self::from_name(value.as_str()?)).unwrap_or_default()
    }
}
