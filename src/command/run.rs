//! What a command is to the rest of the program.

use std::fmt;
use std::time::Duration;

use crate::context::Context;
use crate::failure::Result;
use crate::output::Output;

/// A command.
pub trait Run: fmt::Debug {
    /// What it is about to do, in a line.
    fn banner(&self, context: &Context) -> Result<Option<String>> {
        let _ = context;
        Ok(None)
    }

    /// Whether the banner is printed before the work. Otherwise it waits for the node's answer, so that a command that
    /// the node cannot take leaves nothing on standard output.
    fn announces_at_once(&self) -> bool {
        false
    }

    /// How long it may take without `--timeout`.
    fn default_timeout(&self) -> Option<Duration> {
        None
    }

    /// Does it.
    fn run(&self, context: &Context) -> Result<Output>;
}
