//! Messages: as they come in, as they are kept, as they lie in the log, and what the broker annotates them with.

pub mod annotations;
pub mod cc_bcc;
mod content;
pub mod logged;
mod stored;

pub use content::{Body, Message, OwnedMessage, SHARED_BODY_MIN};
pub use stored::{Stored, StoredBody};
