//! The command line: global options, commands, and the spelling of both.

use std::ffi::OsString;

use clap::{ArgAction, Args, Command as ClapCommand, CommandFactory, FromArgMatches, Parser};

use crate::commands::{Command, GROUPS, define};
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

/// What the words say, if they are a command with its arguments and right. To define all commands in order to parse one would be most
/// of the time that a short command takes.
pub fn parse_one(words: &[OsString]) -> Option<Cli> {
    let names = words.iter().skip(1).filter_map(|word| word.to_str());
    let only = names.map(|word| word.replace('-', "_")).find_map(|name| define(&name))?;
    let command = ClapCommand::new("warrenctl").disable_help_flag(true).disable_help_subcommand(true);
    let command = Options::augment_args(command);
    let command = command.subcommand(with_hyphens(only)).subcommand_required(true);
    Cli::from_arg_matches(&command.try_get_matches_from(words).ok()?).ok()
}

/// The whole command line as clap knows it.
pub fn command() -> ClapCommand {
    let command = Cli::command().mut_subcommands(with_hyphens);
    let help = overview(&command);
    command.override_help(help)
}

/// Lets a hyphen stand for an underscore in the name of a command.
fn with_hyphens(command: ClapCommand) -> ClapCommand {
    match command.get_name().contains('_') {
        true => {
            let alias = command.get_name().replace('_', "-");
            command.alias(alias)
        }
        false => command,
    }
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

    #[test]
    fn a_command_alone_is_defined_as_it_is_among_all() {
        let shown = |command: &ClapCommand| command.clone().render_long_help().to_string();
        for whole in command().get_subcommands() {
            let alone = define(whole.get_name()).unwrap();
            assert_eq!(shown(&alone), shown(whole), "{}", whole.get_name());
        }
    }

    #[test]
    fn one_command_is_parsed_as_among_all_or_not_at_all() {
        let parse = |words: &str| {
            let words: Vec<OsString> =
                std::iter::once("warrenctl").chain(words.split(' ')).map(OsString::from).collect();
            let whole =
                command().try_get_matches_from(&words).and_then(|matches| Cli::from_arg_matches(&matches));
            (parse_one(&words).map(|cli| format!("{cli:?}")), whole.ok().map(|cli| format!("{cli:?}")))
        };
        for words in [
            "-q -p v list-queues name -t 3",
            "list_queues",
            "add_user u p",
            "-p reset set_permissions u a b c",
        ] {
            let (one, whole) = parse(words);
            assert!(
                whole.is_some() && (one == whole || one.is_none()),
                "{words}: {one:?} instead of {whole:?}"
            );
        }
        assert!(parse("list_queues name messages -q").0.is_some());
        for words in [
            "list_queues --help",
            "--version",
            "-p list_queues",
            "list_queue",
            "add_user --nothing",
            "-p reset list_queues -x",
        ] {
            assert_eq!(parse(words), (None, None), "{words}");
        }
    }
}
