//! What the broker knows for good, and the one way in which it changes.
//!
//! Whoever asks (a client over AMQP, the management API, an import, the start, a timer), it goes like this:
//!
//! 1. [`decide`]: a [`decide::command::Command`] is held against the state as it is. Everything is checked here, nothing is changed.
//!    The result is a list of changes, or a refusal.
//! 2. The changes are appended to the log, all in one batch. If the log refuses them, nothing has happened.
//! 3. [`apply`]: each change is made in memory. It cannot fail, and it is what a start does with what it reads from the log.
//!
//! From the first step to the last, nobody else changes what was decided about: [`commit`] holds the locks. So there is nothing to roll
//! back, nothing in memory that the log does not have, and the state is a function of the log.

pub(crate) mod apply;
pub mod checkpoint;
pub mod commit;
pub mod decide;
pub mod node;

pub use commit::{Fault, Item, Skipped};
