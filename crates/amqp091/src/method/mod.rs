//! Methods: what frames of kind 1 carry. One file a class, and in each a struct a method.
//!
//! Fields that the specification reserves do not appear: they are skipped when read and sent as nought. Short strings are `&str` and
//! must be UTF-8, long strings are octets, tables are checked when read. A method must use up its payload exactly.

mod any;
mod arguments;
pub(crate) mod class;
mod id;

pub mod basic;
pub mod channel;
pub mod confirm;
pub mod connection;
pub mod exchange;
pub mod queue;
pub mod tx;

pub use any::{Method, MethodError};
pub use id::MethodId;
