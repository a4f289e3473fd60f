//! Holding commands against the state: all checks of names, arguments, conditions and limits, each in one place, and what a command
//! comes to. Nothing is changed here.
//!
//! A draft is the state as it would be with what was decided so far, so that commands that need each other can be decided together.
//! Whether somebody may ask for a thing at all is looked at before (`principal.rs`).

mod bindings;
mod cascade;
pub mod command;
mod exchanges;
mod inside;
mod names;
mod node;
mod queues;

pub(crate) use inside::VHostDraft;
pub(crate) use node::NodeDraft;

/// What a command in a virtual host came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Changes, or nothing that anybody would have to wait for.
    Changes,
    /// It is so already. What is so is for good or not.
    Same {
        /// Whether it outlives the node.
        durable: bool,
    },
}
