//! The front of a queue of whatever kind: one lock around messages, consumers and counters.

pub(crate) mod consumer;
mod consumer_arguments;
mod consuming;
pub(crate) mod context;
pub(crate) mod dead_letter;
pub(crate) mod deletion;
mod durability;
pub mod effects;
mod holding;
mod limits;
pub(crate) mod publish;
pub(crate) mod queue;
pub(crate) mod recipient;
mod returning;
mod serve;
pub(crate) mod statistics;
pub(crate) mod stream;
mod stream_commit;
mod stream_durability;
mod stream_queue;
pub(crate) mod stream_reader;
mod stream_start;
pub mod timers;
