//! Listening: TCP addresses and the Unix admin socket, bound with errors that name the option to change.

mod socket;
mod tcp;

pub use socket::AdminSocket;
pub use tcp::{Purpose, bind};
