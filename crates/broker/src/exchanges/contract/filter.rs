//! What an exchange can drop of what is published to it.

use std::fmt::Debug;

/// Looks at each message that a client publishes to an exchange, and not at those that come to it from other exchanges or that the
/// broker itself sends on.
pub(crate) trait Filter: Debug + Send + Sync {
    /// Whether the message with these properties, which comes at `now` (milliseconds since 1970), is dropped. It is asked once a
    /// message, and may remember it.
    fn drops(&self, properties: &[u8], now: u64) -> bool;

    /// How many messages were dropped.
    fn dropped(&self) -> u64;
}
