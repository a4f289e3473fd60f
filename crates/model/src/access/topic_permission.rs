//! Which routing keys a user may publish and bind with at a topic exchange (RabbitMQ, access control: topic authorisation).

use serde::{Deserialize, Serialize};

/// Topic permissions of a user at an exchange, in the shape that definitions have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopicPermissionEntry {
    /// Name of the user.
    pub user: String,
    /// Name of the virtual host.
    pub vhost: String,
    /// Name of the exchange, which need not be there.
    pub exchange: String,
    /// Routing keys that it may publish with.
    pub write: String,
    /// Keys that it may bind with.
    pub read: String,
}
