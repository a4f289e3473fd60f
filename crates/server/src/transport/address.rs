//! Who is at an end of a connection.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// One end of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// An address of the network.
    Tcp(SocketAddr),
    /// An end on this machine without one: the path of the socket's file, or a number that no other client has.
    Unix(Arc<str>),
}

impl Address {
    /// The address on the network. What has none is on this machine, and gets the loopback interface and port 0.
    pub fn socket_addr(&self) -> SocketAddr {
        match self {
            Self::Tcp(address) => *address,
            Self::Unix(_) => (Ipv4Addr::LOCALHOST, 0).into(),
        }
    }

    /// The host alone.
    pub fn ip(&self) -> IpAddr {
        self.socket_addr().ip()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(name) => write!(f, "unix:{name}"),
        }
    }
}
