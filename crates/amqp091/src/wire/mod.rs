//! The arguments of methods on the wire: field after field, with consecutive bits packed into octets.

mod arguments;
mod encoder;

pub(crate) use arguments::{Arguments, Field};
pub(crate) use encoder::Encoder;
