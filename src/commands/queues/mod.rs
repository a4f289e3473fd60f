//! Commands about queues.

pub(super) mod arguments;
mod delete;
mod list;
mod purge;

use crate::command::{Entry, Heading};

/// The commands.
pub const COMMANDS: &[Entry] = &[
    Entry::of::<delete::DeleteQueue>("delete_queue", Heading::Queues),
    Entry::of::<list::ListQueues>("list_queues", Heading::Monitoring),
    Entry::of::<purge::PurgeQueue>("purge_queue", Heading::Queues),
];
