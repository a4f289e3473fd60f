//! Queues: their messages, their consumers, and how one meets the other.

pub mod arguments;
mod backlog;
mod consumer;
mod consumer_arguments;
mod consuming;
mod context;
mod durability;
mod holding;
mod kind;
mod limits;
mod messages;
#[cfg(test)]
mod messages_tests;
mod page_memory;
mod pages;
mod publish;
mod queue;
mod quorum;
mod recipient;
mod record;
mod record_rows;
mod rules;
mod runs;
mod serve;
mod settings;
mod snapshot;
mod statistics;
mod stream;

pub(crate) use backlog::{first_of, level_of};
pub use consumer::{Consumer, ConsumerChannel, ConsumerSettings};
pub use context::QueueContext;
pub use kind::{QUEUE_TYPE, QueueKind, kind_of};
pub use messages::{Held, Messages, Place, Taken};
pub use page_memory::PageMemory;
pub use publish::Outcome;
pub use queue::Queue;
pub(crate) use quorum::Count;
pub use recipient::{Delivered, Deliveries, Recipient, Turn};
pub use record::Times;
pub use record_rows::HeldRow;
pub use rules::{Deduplication, Overflow, QueueRules};
pub use settings::QueueSettings;
pub(crate) use settings::assert_arguments;
pub use snapshot::Input;
pub use statistics::{QueueCounts, QueueStats};
pub(crate) use stream::Stream;
