//! Queues: their messages, their consumers, and how one meets the other.

pub mod arguments;
mod consumer;
mod durability;
mod kind;
mod messages;
#[cfg(test)]
mod messages_tests;
mod pages;
mod queue;
mod record;
mod rules;
mod serve;
mod snapshot;
mod stream;
mod vault;

pub use consumer::{Consumer, ConsumerChannel, ConsumerSettings};
pub use kind::QueueKind;
pub use messages::{Held, Messages, Place, Stored, StoredBody, Taken};
pub(crate) use queue::assert_arguments;
pub use queue::{Fetched, Queue, QueueCounts, QueueSettings, QueueStats};
pub use record::Times;
pub use rules::{Deduplication, Overflow, QueueRules};
pub use snapshot::Input;
pub(crate) use stream::Stream;
pub use vault::Vault;
