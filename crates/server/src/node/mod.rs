//! The running node: what its parts share, and what it does by itself from time to time.

pub mod alarms;
pub mod app;
pub mod checkpoints;
pub mod datadir;
pub mod durability;
pub mod time;

mod shared;
mod status;

pub use shared::{Addresses, Node, node_name};
