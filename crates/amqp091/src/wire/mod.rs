//! The primitive types on the wire: reading them with every length checked, and writing them.

mod arguments;
mod encoder;
mod reader;

pub(crate) use arguments::{Arguments, Field};
pub(crate) use encoder::{Encoder, put_long_str, put_short_str};
pub use reader::DecodeError;
pub(crate) use reader::Reader;
