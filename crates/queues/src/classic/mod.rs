//! The messages of a queue that gives each to one consumer: classic and quorum queues alike.

pub(crate) mod backlog;
pub(crate) mod messages;
#[cfg(test)]
mod messages_tests;
mod reading;
pub(crate) mod runs;
mod snapshot;
