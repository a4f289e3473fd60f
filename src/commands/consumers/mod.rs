//! Commands about consumers.

mod list;

use crate::command::{Entry, Heading};

/// The commands.
pub const COMMANDS: &[Entry] = &[Entry::of::<list::ListConsumers>("list_consumers", Heading::Monitoring)];
