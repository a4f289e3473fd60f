//! The front of a queue of whatever kind: one lock around messages, consumers and counters.

pub(crate) mod consumer;
mod consuming;
pub(crate) mod context;
pub(crate) mod dead_letter;
pub(crate) mod deletion;
mod durability;
mod holding;
mod limits;
pub(crate) mod publish;
pub(crate) mod queue;
pub(crate) mod recipient;
mod returning;
mod serve;
pub(crate) mod statistics;
mod streams;
