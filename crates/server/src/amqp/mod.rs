//! AMQP 0-9-1: a session for each connection, whatever transport it came in by.

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
mod publish_batch;
mod session;
#[cfg(test)]
mod testing;
mod wire;

pub use handshake::MECHANISMS;
pub use listener::{Service, serve, tcp_options};
