//! Commands about exchanges.

mod list;

use crate::command::{Entry, Heading};

/// The commands.
pub const COMMANDS: &[Entry] = &[Entry::of::<list::ListExchanges>("list_exchanges", Heading::Monitoring)];
