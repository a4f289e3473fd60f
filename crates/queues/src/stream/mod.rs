//! What streams keep (RabbitMQ, streams): messages in segments, which only grow and go from the front, and which of them a reader wants.

pub(crate) mod filter;
pub(crate) mod headers;
pub(crate) mod log;
#[cfg(test)]
mod log_tests;
pub(crate) mod offset;
pub(crate) mod retention;
mod snapshot;

pub(crate) use self::offset::Start;
pub(crate) use self::retention::Limits;
