//! Checkpoints: one document that stands for everything in the log up to a position.

mod file;

pub(crate) use file::{Checkpoint, list, read, write};
