//! What everything speaks of, and nothing of what is done with it: messages with their properties and annotations, field
//! values, names of refusals. A leaf: no socket, clock, runtime or log is known here, and no protocol.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`value`] | field values and field tables, owned ([`value::FieldTable`]) and borrowed ([`value::Table`]) |
//! | [`properties`] | the 14 basic properties, decoded whole or looked at one by one |
//! | [`encoding`] | the octets of both, which are those in the log as well as those on the wire |
//! | [`message`] | a message on its way in, kept, and in the log; what the broker annotates it with |
//! | [`rows`] | messages that differ in their bodies alone, which are treated as one |
//! | [`outgoing`] | octets on their way to a client, and the port through which a protocol writes them |
//! | [`error`] | everything that is refused, in RabbitMQ's words |
//!
//! Everything that is decoded borrows from the bytes it was decoded from. Every length is checked against what is there before it is
//! believed, nesting is limited to [`encoding::MAX_DEPTH`], and no input whatsoever makes the crate panic.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
// One exception, of one line, in encoding::reader.
#![deny(unsafe_code)]

pub mod access;
pub mod binding;
pub mod change;
pub mod encoding;
pub mod error;
pub mod limits;
pub mod message;
pub mod outgoing;
pub mod policy;
pub mod properties;
pub mod rows;
pub mod validation;
pub mod value;
