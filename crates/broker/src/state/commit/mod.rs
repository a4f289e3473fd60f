//! From commands to changes in the log and in memory.

mod commands;
mod import;
mod in_vhost;
#[cfg(test)]
mod tests;

pub use import::{Fault, Item, Skipped};
