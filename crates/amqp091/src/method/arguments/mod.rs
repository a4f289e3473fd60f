//! The arguments of methods on the wire: field after field, with consecutive bits packed into octets.

mod decoder;
mod encoder;

pub(crate) use decoder::{Arguments, Field};
pub(crate) use encoder::Encoder;
