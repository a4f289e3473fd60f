//! Queues: their messages, their consumers, and how one meets the other.

mod consumer;
mod messages;
mod pages;
mod queue;
mod serve;

pub use consumer::{Consumer, ConsumerChannel, ConsumerSettings};
pub use messages::{Messages, Place, Stored, StoredBody, Taken};
pub use pages::PagePool;
pub(crate) use queue::assert_arguments;
pub use queue::{Fetched, Queue, QueueCounts, QueueSettings, QueueStats};
