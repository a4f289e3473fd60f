//! What policies are for, by name.

use crate::command::suggestions::Suggestions;

const KINDS: [&str; 6] = ["all", "queues", "exchanges", "classic_queues", "quorum_queues", "streams"];

/// Takes any name, because the node knows best which there are; help and completion offer those of today.
pub(super) fn kinds() -> Suggestions {
    Suggestions(KINDS.to_vec())
}
