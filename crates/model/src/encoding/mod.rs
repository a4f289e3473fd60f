//! How field values and properties lie in octets (AMQP 0-9-1, 4.2.5): reading them with every length checked, and writing them.

mod encoder;
mod reader;

pub use encoder::{put_long_str, put_short_str, short};
pub use reader::{DecodeError, Reader};

/// How deep field tables and arrays may lie in each other.
pub const MAX_DEPTH: usize = 64;
/// The longest short string, in octets.
pub const MAX_SHORT_STR: usize = 255;
