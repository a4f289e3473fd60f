//! Warren's outside: AMQP sessions, management API, configuration, boot.
//!
//! [`run`] is the whole server. What it reads before that is in [`ServerOptions`] and [`config`].
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
// Parts wait for the broker that will use them.
#![allow(dead_code)]

pub mod config;

mod amqp;
mod boot;
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

pub use boot::run;
pub use error::ServerError;
pub use options::ServerOptions;
