//! Commands about runtime parameters and global parameters.

mod clear;
mod clear_global;
mod list;
mod list_global;
mod set;
mod set_global;

use crate::command::{Entry, Heading};

/// The commands.
pub const COMMANDS: &[Entry] = &[
    Entry::of::<clear_global::ClearGlobalParameter>("clear_global_parameter", Heading::Parameters),
    Entry::of::<clear::ClearParameter>("clear_parameter", Heading::Parameters),
    Entry::of::<list_global::ListGlobalParameters>("list_global_parameters", Heading::Parameters),
    Entry::of::<list::ListParameters>("list_parameters", Heading::Parameters),
    Entry::of::<set_global::SetGlobalParameter>("set_global_parameter", Heading::Parameters),
    Entry::of::<set::SetParameter>("set_parameter", Heading::Parameters),
];
