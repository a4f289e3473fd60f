//! Warren's queues: of every kind, with what they keep, and how messages meet consumers.
//!
//! A queue knows of no topology, connection or protocol. It delivers through a port ([`Recipient`]), and gives dead letters to its
//! virtual host through another ([`QueueHost`]). Time is told to it, and what has to be logged or sent gathers in [`effects::Effects`].
//!
//! | folder | what it holds |
//! | --- | --- |
//! | `front` | the queue that others know: consumers, credit, limits, counters, whatever its kind |
//! | `classic`, `quorum`, `stream` | what each kind keeps |
//! | `pages` | where messages rest: records in pages, rows of them, and the memory for all pages |
//! | `rules` | arguments and policies, resolved |
//! | `log` | the way to the commit log |
//! | `time` | the time, and a timing wheel |
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
#![forbid(unsafe_code)]

mod classic;
pub mod deduplication;
mod front;
pub mod log;
mod pages;
mod quorum;
pub mod rules;
mod stream;
mod time;

pub use classic::backlog::{first_of, level_of};
pub use front::consumer::{Consumer, ConsumerChannel, ConsumerSettings};
pub use front::context::QueueContext;
pub use front::dead_letter::{DeadLetter, QueueHost, Reason};
pub use front::deletion::Sealed;
pub use front::effects;
pub use front::publish::Outcome;
pub use front::queue::Queue;
pub use front::recipient::{Delivered, Deliveries, Recipient, Turn};
pub use front::statistics::{QueueCounts, QueueStats};
pub use front::timers;
pub use log::Count;
pub use pages::held::{Held, Place};
pub use pages::page_memory::PageMemory;
pub use pages::rows::HeldRow;
pub use pages::snapshot::Input;
pub use rules::arguments;
pub use rules::kind::{QUEUE_TYPE, QueueKind, kind_of};
pub use rules::queue_rules::{Deduplication, Overflow, QueueRules};
pub use rules::settings::{DueAt, QueueSettings, assert_arguments};
pub use time::clock;
