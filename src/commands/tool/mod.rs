//! Commands about the tool itself; they need no node.

mod completions;
mod help;
mod man;
mod version;

use crate::command::{Entry, Heading};

/// The commands.
pub const COMMANDS: &[Entry] = &[
    Entry::of::<completions::Completions>("completions", Heading::Help),
    Entry::of::<help::Help>("help", Heading::Help),
    Entry::of::<man::Man>("man", Heading::Help),
    Entry::of::<version::Version>("version", Heading::Help),
];
