//! Streams: queues that keep what they deliver (RabbitMQ, streams).
//!
//! Every consumer reads for itself, from where it wants to, and an acknowledgement only gives it credit for more. What
//! is read must stay: a message is delivered once the log is synced up to it, so that no crash can take it back and give
//! its offset to another.

mod commit;
mod durability;
mod filter;
mod headers;
mod log;
#[cfg(test)]
mod log_tests;
mod offset;
mod reader;
mod retention;
mod snapshot;
mod start;
#[allow(clippy::module_inception, reason = "the file is named after the type in it")]
mod stream;

pub(crate) use self::offset::Start;
pub(crate) use self::retention::Limits;
pub(crate) use self::stream::Stream;
