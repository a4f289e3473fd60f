//! Commands about bindings.

mod list;

use crate::command::{Entry, Heading};

/// The commands.
pub const COMMANDS: &[Entry] = &[Entry::of::<list::ListBindings>("list_bindings", Heading::Monitoring)];
