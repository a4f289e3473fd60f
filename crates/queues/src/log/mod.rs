//! The queues' and the broker's way to the log, and what is written to it beside messages and changes.

mod handle;
mod markers;

pub use self::handle::{Durable, LogHandle};
pub use self::markers::{Count, read_delivered_marker, read_returned_marker};
pub(crate) use self::markers::{delivered_marker, returned_marker};
