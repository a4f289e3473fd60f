//! What goes to clients: octets on their way out, and the port through which a protocol writes them.
//!
//! The core says what a client gets, and a [`ClientWriter`] of the client's protocol which octets that becomes.

mod buffer;
mod unheard;
mod writer;

pub use self::buffer::Outgoing;
pub use self::unheard::Unheard;
pub use self::writer::{ClientWriter, DeliveryTarget, Fetched, TargetHead};
