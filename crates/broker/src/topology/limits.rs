//! How much there may be of what in a node.

use crate::queues::QueueKind;

/// Limits of a node and, where it is alone, of its cluster; they stand in its configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NodeLimits {
    /// Connections.
    pub connections: Option<u64>,
    /// Channels, on all connections.
    pub channels: Option<u64>,
    /// Virtual hosts.
    pub vhosts: Option<u64>,
    /// Queues, in all virtual hosts.
    pub queues: Option<u64>,
    /// Exchanges that clients declare, with those that are there from the beginning.
    pub exchanges: Option<u64>,
    /// Kinds of queues that may not be declared.
    pub disabled_kinds: Vec<QueueKind>,
}
