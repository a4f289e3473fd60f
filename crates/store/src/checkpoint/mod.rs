//! Checkpoints: one document that stands for everything in the log up to a position.

mod document;
mod file;

pub(crate) use document::Checkpoint;
pub(crate) use file::{list, read, write};
