//! Commands about deprecated features.

mod list;

use crate::command::{Entry, Heading};

/// The commands.
pub const COMMANDS: &[Entry] =
    &[Entry::of::<list::ListDeprecatedFeatures>("list_deprecated_features", Heading::Monitoring)];
