//! What a command is to the rest of the program.

use std::fmt;
use std::time::Duration;

use crate::context::Context;
use crate::failure::Result;
use crate::output::Output;

/// A command.
pub trait Run: fmt::Debug {
    /// Refuses what cannot be done at all, before anything is said or done: arguments that are wrong, a node that nobody
    /// can find.
    fn check(&self, context: &Context) -> Result<()> {
        let _ = context;
        Ok(())
    }

    /// What it is about to do, in a line. It is asked for after [`Self::check`], which has found what the line names.
    fn banner(&self, context: &Context) -> Option<String> {
        let _ = context;
        None
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
