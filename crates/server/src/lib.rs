//! Warren's outside: AMQP sessions, management API, configuration, boot.
//!
//! [`run`] is the whole server. What it reads before that is in [`ServerOptions`] and [`config`].
//!
//! Each folder uses those below it in this list alone:
//!
//! | folder | what it holds |
//! | --- | --- |
//! | `boot` | options, the order of start and end, the threads that wait awake |
//! | `http` | the management API |
//! | `amqp` | AMQP 0-9-1: a session for each connection |
//! | `node` | what the parts of a running node share: alarms, timers, checkpoints, data directory |
//! | `metrics` | rates, and what the process takes from its machine |
//! | `transport` | what connections come in by: listeners, sockets |
//! | [`config`] | the configuration file |
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

pub mod config;

mod amqp;
mod boot;
mod http;
mod metrics;
mod node;
mod transport;

pub use boot::{ServerError, ServerOptions, run};
pub use http::routes;
