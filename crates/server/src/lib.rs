//! Warren's outside: AMQP sessions, management API, configuration, boot.
//!
//! [`run`] is the whole server. What it reads before that is in [`ServerOptions`] and [`config`].
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

pub mod config;

mod alarms;
mod amqp;
mod app;
mod boot;
mod busy_wait;
mod checkpoints;
mod cluster_name;
mod datadir;
mod durability;
mod error;
mod http;
mod listen;
mod logging;
mod node;
mod opening;
mod options;
mod process;
mod rates;
mod status;
mod time;

pub use boot::run;
pub use error::ServerError;
pub use http::routes;
pub use options::ServerOptions;
