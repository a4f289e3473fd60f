//! What every end-to-end test needs: a broker of its own, a way to run `warrenctl` and client programs against it,
//! and a way to wait for a condition.
//!
//! Each test starts a `warrenctl server` of its own. With `WARREN_TEST_AMQP_URI` and `WARREN_TEST_HTTP_URI` set, tests
//! run against that broker instead, each in a virtual host of its own: the same tests must pass on RabbitMQ.
//! `WARREN_TEST_CTL` then names the command to administer it with, in place of `warrenctl`, and `WARREN_TEST_CONFIG` the
//! configuration file that it runs with, for the tests that need some of it.

mod broker;
mod ctl;
mod environment;
mod http;
mod process;
mod program;
mod wait;
mod wire;
mod wire_calls;

pub use broker::Broker;
pub use ctl::Ran;
pub use environment::{Pika, amqplib_modules, skip};
pub use http::segment;
pub use process::isolated;
pub use program::Program;
pub use wait::eventually;
pub(crate) use wire::method;
pub use wire::{Arrival, Message, Wire, capable, open_frame};
