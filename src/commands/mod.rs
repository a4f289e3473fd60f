//! The commands: a folder for each noun, which lists its own, and a file for each command.

mod bindings;
mod channels;
mod connections;
mod consumers;
mod deprecated_features;
mod exchanges;
mod limits;
mod nodes;
mod parameters;
mod perf;
mod permissions;
mod policies;
mod queues;
mod tool;
mod topic_permissions;
mod users;
mod vhosts;

use crate::command::Entry;

/// The commands of every noun.
const NOUNS: &[&[Entry]] = &[
    bindings::COMMANDS,
    channels::COMMANDS,
    connections::COMMANDS,
    consumers::COMMANDS,
    deprecated_features::COMMANDS,
    exchanges::COMMANDS,
    limits::COMMANDS,
    nodes::COMMANDS,
    parameters::COMMANDS,
    perf::COMMANDS,
    permissions::COMMANDS,
    policies::COMMANDS,
    queues::COMMANDS,
    tool::COMMANDS,
    topic_permissions::COMMANDS,
    users::COMMANDS,
    vhosts::COMMANDS,
];

/// Every command, noun by noun.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    NOUNS.iter().copied().flatten()
}

/// The command of this name.
pub fn named(name: &str) -> Option<&'static Entry> {
    all().find(|entry| entry.name == name)
}
