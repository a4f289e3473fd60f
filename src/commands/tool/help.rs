//! `help`

use clap::Args;

use crate::command::Run;
use crate::context::Context;
use crate::failure::{Failure, Kind, Result};
use crate::output::Output;
use crate::usage;

/// Explains a command, or lists all of them
#[derive(Debug, Args)]
pub struct Help {
    /// Name of the command
    command: Option<String>,
    /// Print the names of all commands, one a line
    #[arg(long)]
    list_commands: bool,
}

impl Run for Help {
    fn run(&self, context: &Context) -> Result<Output> {
        let mut definition = context.definition();
        if self.list_commands {
            let mut names: Vec<&str> =
                definition.get_subcommands().map(|command| command.get_name()).collect();
            names.sort_unstable();
            return Ok(Output::Raw(names.join("\n") + "\n"));
        }
        let Some(name) = &self.command else {
            return Ok(Output::Raw(definition.render_help().to_string()));
        };
        definition.build();
        match definition.find_subcommand_mut(name) {
            Some(command) => Ok(Output::Raw(command.render_long_help().to_string())),
            None => {
                let text = usage::unknown_command(&definition, name);
                Err(Failure::new(Kind::Usage, text.trim().to_owned()))
            }
        }
    }
}
