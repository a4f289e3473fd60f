//! Commands about channels.

mod list;

use crate::command::{Entry, Heading};

/// The commands.
pub const COMMANDS: &[Entry] = &[Entry::of::<list::ListChannels>("list_channels", Heading::Monitoring)];
