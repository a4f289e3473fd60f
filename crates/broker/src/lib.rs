//! Warren's broker core: vhosts, exchanges, queues, routing, permissions.
//!
//! What RabbitMQ calls the broker, without sockets, HTTP, runtime, clock or threads of its own: time and randomness
//! come in as arguments, and what has to be sent goes out through an [`delivery::Sink`].
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
#![forbid(unsafe_code)]

pub mod actor;
pub mod bindings;
pub mod broker;
pub mod channel;
pub mod checkpoint;
pub mod churn;
mod confirms;
pub mod connections;
mod dead_lettering;
pub mod definitions;
pub mod delivery;
pub mod deprecated_features;
pub mod exchange;
mod exchange_states;
#[cfg(test)]
mod exchange_states_tests;
pub mod exchanges;
mod incoming;
pub mod limits;
mod management;
pub mod parameters;
pub mod password;
mod pattern;
pub mod permissions;
pub mod policies;
mod properties;
mod publishing;
pub mod randomness;
mod replies;
pub mod restore;
#[cfg(test)]
mod restore_tests;
mod routes;
#[cfg(test)]
mod simulation;
pub mod state;
pub mod topic_permissions;
pub mod topology;
pub mod users;
mod validation;
pub mod vhost_defaults;
pub mod vhosts;

pub use warren_queues::{self as queues, clock, deduplication, effects, log as journal, timers};
