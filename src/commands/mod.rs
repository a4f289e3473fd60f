//! The commands: a folder for each noun and a file for each command. [`registry`] lists them all.

pub mod bindings;
pub mod channels;
mod columns;
pub mod connections;
pub mod consumers;
pub mod deprecated_features;
mod document;
pub mod exchanges;
pub mod limits;
mod missing;
pub mod nodes;
pub mod parameters;
pub mod perf;
pub mod permissions;
pub mod policies;
pub mod queues;
mod registry;
mod run;
mod suggestions;
pub mod tool;
pub mod topic_permissions;
pub mod users;
pub mod vhosts;

pub use registry::{Command, GROUPS, define};
pub use run::Run;
