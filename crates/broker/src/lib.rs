//! Warren's broker core: vhosts, exchanges, queues, routing, permissions.
//!
//! What RabbitMQ calls the broker, without sockets, HTTP, runtime, clock or threads of its own: time and randomness
//! come in as arguments, and what has to be sent goes out through an [`delivery::Sink`].
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
#![forbid(unsafe_code)]

pub mod access;
pub mod channel;
pub mod churn;
pub mod connections;
mod dead_lettering;
pub mod delivery;
pub mod deprecated_features;
mod direct_reply_to;
pub mod exchanges;
mod management;
mod pattern;
pub mod policies;
pub mod principal;
pub mod randomness;
#[cfg(test)]
mod simulation;
pub mod state;
pub mod topology;

pub use warren_queues::{self as queues, clock, deduplication, effects, log, timers};
