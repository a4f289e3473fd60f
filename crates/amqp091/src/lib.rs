//! AMQP 0-9-1: types, codec and server-side connection state, without I/O.
//!
//! The crate has no socket, no clock and no runtime. Bytes that arrived go in, what they mean comes out, and the bytes that the
//! protocol itself owes in return are appended to a buffer of the caller:
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`constants`] | frame kinds, class numbers, reply codes, limits |
//! | [`value`] | field values and field tables, owned ([`value::FieldTable`]) and borrowed ([`value::Table`]) |
//! | [`properties`] | the 14 basic properties, decoded whole or looked at one by one |
//! | [`frame`] | bytes ↔ frames |
//! | [`method`] | payload ↔ methods, one file a class |
//! | [`content`] | the fast paths that write content and deliveries |
//! | [`delivery`] | deliveries that differ in their tag only |
//! | [`connection`] | the server's side of a connection as a state machine |
//! | [`heartbeat`] | when to send one, when the peer is dead |
//!
//! Everything that is decoded borrows from the bytes it was decoded from. Every length is checked against what is there before it is
//! believed, nesting is limited to [`constants::MAX_DEPTH`], and no input whatsoever makes the crate panic.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
// One exception, of one line, in wire::reader.
#![deny(unsafe_code)]

pub mod connection;
pub mod constants;
pub mod content;
pub mod delivery;
pub mod frame;
pub mod heartbeat;
pub mod method;
pub mod properties;
pub mod value;
mod wire;

pub use wire::DecodeError;
