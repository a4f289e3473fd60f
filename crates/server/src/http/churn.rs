//! How often connections, channels and queues come and go, for the overview.

use warren_api::overview::ChurnRates;

use crate::node::Node;

/// The counts since the node started.
pub fn view(node: &Node) -> ChurnRates {
    let open = node.broker.connections.len() as u64;
    let created = node.broker.connections.created();
    ChurnRates {
        connection_created: created,
        connection_closed: created.saturating_sub(open),
        ..ChurnRates::default()
    }
}
