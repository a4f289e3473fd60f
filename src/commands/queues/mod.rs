//! Commands about queues.

pub(super) mod arguments;
mod delete;
mod list;
mod purge;

pub use delete::DeleteQueue;
pub use list::ListQueues;
pub use purge::PurgeQueue;
