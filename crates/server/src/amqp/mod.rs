//! AMQP 0-9-1 over TCP: a session for each connection.

mod blocking;
mod buffers;
mod channels;
mod control;
#[cfg(test)]
mod delivery_tests;
mod events;
mod handshake;
mod listener;
mod methods;
mod publishes;
mod session;
mod wire;

pub use handshake::MECHANISMS;
pub use listener::{Service, serve};
