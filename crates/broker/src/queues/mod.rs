//! Queues: their messages, their consumers, and how one meets the other.

mod alike;
pub mod arguments;
mod backlog;
mod consumer;
mod consumer_arguments;
mod consuming;
mod deletion;
mod durability;
mod holding;
mod home;
mod kind;
mod limits;
mod messages;
#[cfg(test)]
mod messages_tests;
mod pages;
mod publish;
mod queue;
mod quorum;
mod record;
mod rules;
mod runs;
mod serve;
mod settings;
mod snapshot;
mod statistics;
mod stream;
mod vault;

pub(crate) use alike::HeldRow;
pub(crate) use backlog::{first_of, level_of};
pub use consumer::{Consumer, ConsumerChannel, ConsumerSettings};
pub use consuming::Fetched;
pub use home::Home;
pub use kind::{QUEUE_TYPE, QueueKind, kind_of};
pub use messages::{Held, Messages, Place, Taken};
pub use publish::Outcome;
pub use queue::Queue;
pub(crate) use quorum::Count;
pub use record::Times;
pub use rules::{Deduplication, Overflow, QueueRules};
pub(crate) use settings::assert_arguments;
pub use settings::{DueAt, QueueSettings};
pub use snapshot::Input;
pub use statistics::{QueueCounts, QueueStats};
pub(crate) use stream::Stream;
pub use vault::Vault;
