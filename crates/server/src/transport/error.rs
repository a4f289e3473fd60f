//! Why nothing can be accepted at an address, in words that say what to change.

use std::io;
use std::path::PathBuf;

/// A listener that could not be bound.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Another program listens on the port.
    #[error(
        "port {port} is taken: something else listens on {address} ({what}); choose another with {option} HOST:PORT or '{key}' in the configuration file"
    )]
    PortTaken {
        /// What was to listen there.
        what: &'static str,
        /// The address that was asked for.
        address: String,
        /// Its port.
        port: u16,
        /// The option that changes it.
        option: &'static str,
        /// The configuration key that changes it.
        key: &'static str,
    },
    /// The address cannot be bound for another reason.
    #[error(
        "cannot listen on {address} ({what}): {source}; choose another with {option} HOST:PORT or '{key}' in the configuration file"
    )]
    Address {
        /// What was to listen there.
        what: &'static str,
        /// The address that was asked for.
        address: String,
        /// The option that changes it.
        option: &'static str,
        /// The configuration key that changes it.
        key: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The admin socket's path does not fit into a socket address.
    #[error("the admin socket's path has {length} bytes, and Unix sockets allow {limit}: {}; name a shorter one with --socket", path.display())]
    SocketPathTooLong {
        /// The path.
        path: PathBuf,
        /// Its length in bytes.
        length: usize,
        /// The longest that is possible.
        limit: usize,
    },
    /// Something that is no dead server's socket lies at the admin socket's path.
    #[error("cannot create the admin socket {}: {problem}; name another with --socket", path.display())]
    SocketOccupied {
        /// The path.
        path: PathBuf,
        /// What lies there.
        problem: &'static str,
    },
    /// The admin socket cannot be created.
    #[error("cannot create the admin socket {}: {source}; name another with --socket", path.display())]
    Socket {
        /// The path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}
