//! AMQP 0-9-1: types, codec and server-side connection state, without I/O.
//!
//! The crate has no socket, no clock and no runtime. Bytes that arrived go in, what they mean comes out, and the bytes that the
//! protocol itself owes in return are appended to a buffer of the caller:
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`constants`] | frame kinds, class numbers, reply codes, limits |
//! | [`frame`] | bytes ↔ frames |
//! | [`method`] | payload ↔ methods, one file a class |
//! | [`content`] | the fast paths that write content and deliveries |
//! | [`client_writer`] | what the broker tells a client, as frames |
//! | [`refusal`] | reply codes and texts of what the broker refuses |
//! | [`connection`] | the server's side of a connection as a state machine |
//! | [`heartbeat`] | when to send one, when the peer is dead |
//!
//! Everything that is decoded borrows from the bytes it was decoded from. Every length is checked against what is there before it is
//! believed, nesting is limited to [`warren_model::encoding::MAX_DEPTH`], and no input whatsoever makes the crate panic.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
#![forbid(unsafe_code)]

pub mod client_writer;
pub mod connection;
pub mod constants;
pub mod content;
mod delivery;
pub mod frame;
pub mod heartbeat;
pub mod method;
pub mod refusal;

pub use warren_model::encoding::DecodeError;
