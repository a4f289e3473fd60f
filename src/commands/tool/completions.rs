//! `completions`

use clap::Args;
use clap_complete::Shell;

use crate::command::Run;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::output::Output;

/// Prints the completion script of a shell
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Run for Completions {
    fn run(&self, context: &Context) -> Result<Output> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut context.definition(), "warrenctl", &mut script);
        Ok(Output::Raw(String::from_utf8(script).map_err(Failure::internal)?))
    }
}
