//! What handlers share, and how a request came in.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::node::Node;

/// What handlers share.
#[derive(Debug, Clone)]
pub struct AppState {
    /// The node that they serve.
    pub node: Arc<Node>,
}

/// How a connection came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Over TCP, from this peer.
    Tcp(SocketAddr),
    /// Through the admin socket.
    AdminSocket,
}
