//! A log and segments in memory, for simulations and tests of what stands on them: durable when a test says so, failing where it says
//! so, and replayed as often as it likes.
//!
//! After a crash, what was durable is there again in full ([`MemoryLog::restarted`]). What a disk may make of the rest is played by
//! [`SimFs`](crate::sim::SimFs) under a real store.

mod failure;
mod log;
mod records;
mod replay;
mod segments;

pub use log::MemoryLog;
