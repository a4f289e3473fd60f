//! Listening: TCP addresses and the Unix admin socket, bound with errors that name the option to change.

mod tcp;
mod unix;

pub use tcp::{Purpose, bind};
pub use unix::AdminSocket;
