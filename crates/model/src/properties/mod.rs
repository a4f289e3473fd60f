//! The properties of a content of class basic (specification 1.8.1): two octets of flags, then the properties whose flags are set.
//!
//! A broker mostly passes them on as they are. [`RawProperties`] looks at single ones without decoding the rest, [`BasicProperties`]
//! owns all of them, [`rewrite`] changes headers or expiration and leaves every other octet alone.

mod basic;
pub mod flags;
mod raw;

pub use basic::BasicProperties;
pub use raw::{Change, RawProperties, check, peek_delivery_mode, peek_flags, rewrite};
