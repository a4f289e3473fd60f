//! What a node knows: the broker and its parts, and how these are written down.

mod admission;
pub mod broker;
mod deprecated_features;
pub(crate) mod describe;
mod document;
pub mod parameters;
pub mod vhost_defaults;
