//! Policies: arguments for queues and exchanges by their names, set while the node runs (RabbitMQ, policies).
//!
//! One policy applies to a queue or exchange, that of the highest priority, and one operator policy, which limits what
//! the first one may give.

mod keys;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use table::Seen;
pub use table::{Object, Policies, read};
