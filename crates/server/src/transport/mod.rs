//! What connections come in by. AMQP sessions and the HTTP server are written against what is here, and know no socket.
//!
//! A [`Listener`] accepts and gives a [`Stream`], which HTTP uses as it is, and which a session divides into [`Reading`] and
//! [`Writing`]. What the two promise is written at [`halves::ReadHalf`] and [`halves::WriteHalf`]; another transport is a file with an
//! implementation of both, and a variant in the enums of `listener`, `stream` and `halves`.

mod address;
mod descriptors;
mod error;
mod halves;
mod listener;
mod stream;
mod tcp;
mod unix;

pub use address::Address;
pub use descriptors::raise_limit;
pub use error::ListenError;
pub use halves::{Reading, Writing};
pub use listener::Listener;
pub use stream::Stream;
pub use tcp::{Options as TcpOptions, Purpose, bind};
pub use unix::AdminSocket;
