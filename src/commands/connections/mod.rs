//! Commands about connections.

mod list;

pub use list::ListConnections;
