//! The command line: global options, commands, and the spelling of both.

use clap::{ArgAction, Args, Command as ClapCommand, CommandFactory, Parser};

use crate::commands::{Command, GROUPS};
use crate::output::Formatter;

/// Administers a message broker node, and runs one
#[derive(Debug, Parser)]
#[command(name = "warrenctl", version, disable_help_flag = true, disable_help_subcommand = true)]
#[command(subcommand_value_name = "COMMAND", propagate_version = false)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub options: Options,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// Options that every command takes, before or after its name.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "General options")]
pub struct Options {
    /// The node: http://USER:PASSWORD@HOST:PORT, unix:///PATH/admin.sock, or an alias from the configuration file
    #[arg(short, long, global = true, env = "WARREN_NODE", hide_env_values = true, value_name = "NODE")]
    pub node: Option<String>,
    /// Print the result only: no banner and no closing words
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// As --quiet, and tables without their header
    #[arg(short, long, global = true)]
    pub silent: bool,
    /// Format of the result
    #[arg(long, global = true, value_enum, ignore_case = true, value_name = "FORMAT")]
    pub formatter: Option<Formatter>,
    /// Give up after this many seconds
    #[arg(short, long, global = true, value_name = "SECONDS")]
    pub timeout: Option<u64>,
    /// Virtual host, for commands that work in one [default: that of the node's alias, else /]
    #[arg(short = 'p', long, global = true, value_name = "VHOST")]
    pub vhost: Option<String>,
    /// Tables without their header
    #[arg(long, global = true)]
    pub no_table_headers: bool,
    /// Check the command line, say what would be done, and do nothing
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// Print help
    #[arg(short = 'h', long, visible_short_alias = '?', global = true, action = ArgAction::Help)]
    pub help: Option<bool>,
}

/// The whole command line as clap knows it. A hyphen is accepted for an underscore in the name of a command.
pub fn command() -> ClapCommand {
    let command = Cli::command().mut_subcommands(|subcommand| match subcommand.get_name().contains('_') {
        true => {
            let alias = subcommand.get_name().replace('_', "-");
            subcommand.alias(alias)
        }
        false => subcommand,
    });
    let help = overview(&command);
    command.override_help(help)
}

/// Name and first line of every command, by group.
pub fn overview(command: &ClapCommand) -> String {
    let mut text = String::from(
        "Usage\n\nwarrenctl [--node <node>] [--timeout <timeout>] [--quiet] <command> [<command options>]\n\nAvailable commands:\n",
    );
    for (heading, names) in GROUPS {
        text.push_str(&format!("\n{heading}:\n\n"));
        for name in names.iter() {
            let about = command.find_subcommand(name).and_then(ClapCommand::get_about);
            text.push_str(&format!("   {name:<22} {}\n", about.map(ToString::to_string).unwrap_or_default()));
        }
    }
    text.push_str("\nUse 'warrenctl help <command>' to learn more about a specific command\n");
    text
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn every_command_says_in_a_line_what_it_does() {
        for subcommand in command().get_subcommands() {
            let about = subcommand.get_about().map(ToString::to_string).unwrap_or_default();
            assert!(about.len() > 10 && about.len() < 100, "{}: {about:?}", subcommand.get_name());
        }
    }

    #[test]
    fn every_command_stands_in_one_group() {
        let mut grouped: Vec<String> =
            GROUPS.iter().flat_map(|(_, names)| names.iter().map(ToString::to_string)).collect();
        let mut defined: Vec<String> =
            command().get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
        grouped.sort();
        defined.sort();
        assert_eq!(grouped, defined);
    }

    #[test]
    fn global_options_stand_anywhere_and_hyphens_are_underscores() {
        use clap::FromArgMatches;
        for words in ["-q -p v list-queues name -t 3", "list_queues -p v --quiet name --timeout=3"] {
            let matches =
                command().try_get_matches_from(std::iter::once("warrenctl").chain(words.split(' '))).unwrap();
            let cli = Cli::from_arg_matches(&matches).unwrap();
            assert_eq!(
                (cli.options.vhost.as_deref(), cli.options.quiet, cli.options.timeout),
                (Some("v"), true, Some(3))
            );
        }
        assert!(Cli::try_parse_from(["warrenctl", "list_queues", "--formatter", "JSON"]).is_ok());
    }
}
