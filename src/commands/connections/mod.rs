//! Commands about connections.

mod list;

use crate::command::{Entry, Heading};

/// The commands.
pub const COMMANDS: &[Entry] = &[Entry::of::<list::ListConnections>("list_connections", Heading::Monitoring)];
