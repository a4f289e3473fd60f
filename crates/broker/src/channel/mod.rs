//! Channels: publishing, consuming and acknowledging for one client (AMQP 0-9-1 §4.3).

#[allow(clippy::module_inception, reason = "the file is named after what is in it")]
mod channel;
mod confirms;
mod consuming;
mod properties;
mod publishing;
mod routes;

pub use self::channel::{Channel, Verdict, resume};
