//! Everything durable in one document, and bringing it back with the log that follows it.

mod document;
mod queue_recovery;
pub mod restore;
#[cfg(test)]
mod restore_tests;
