//! The command line: its definition, made of the options of every command and of the commands, and how it is read.

use std::ffi::OsString;

use clap::{ArgMatches, Args, Command as ClapCommand, FromArgMatches};

use crate::command::{Entry, Run};
use crate::commands;
use crate::options::Options;

/// A command line that was understood.
#[derive(Debug)]
pub struct Cli {
    /// What holds for every command.
    pub options: Options,
    /// The command.
    pub command: Box<dyn Run>,
}

impl Cli {
    /// What clap has read.
    pub fn read(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let entry = matches.subcommand().and_then(|(name, matches)| Some((commands::named(name)?, matches)));
        let Some((entry, arguments)) = entry else {
            // Both definitions want a subcommand, and have none but those of the list.
            return Err(clap::Error::new(clap::error::ErrorKind::MissingSubcommand));
        };
        Ok(Self { options: Options::from_arg_matches(matches)?, command: entry.read(arguments)? })
    }
}

/// What the words say, if they are a command with its arguments and right. To define all commands in order to parse one would be most
/// of the time that a short command takes.
pub fn parse_one(words: &[OsString]) -> Option<Cli> {
    let names = words.iter().skip(1).filter_map(|word| word.to_str());
    let only = names.map(|word| word.replace('-', "_")).find_map(|name| commands::named(&name))?;
    let definition = with_options(ClapCommand::new("warrenctl")).subcommand(subcommand(only));
    Cli::read(&definition.try_get_matches_from(words).ok()?).ok()
}

/// The whole command line as clap knows it.
pub fn command() -> ClapCommand {
    let entries = in_order();
    let definition = with_options(ClapCommand::new("warrenctl"))
        .about("Administers a message broker node, and runs one")
        .version(env!("CARGO_PKG_VERSION"))
        .subcommand_value_name("COMMAND")
        .arg_required_else_help(true)
        .subcommands(entries.iter().map(|entry| subcommand(entry)));
    let help = overview(&definition, &entries);
    definition.override_help(help)
}

fn with_options(definition: ClapCommand) -> ClapCommand {
    let definition =
        definition.disable_help_flag(true).disable_help_subcommand(true).subcommand_required(true);
    Options::augment_args(definition)
}

/// The definition of a command. A hyphen may stand for an underscore in its name.
fn subcommand(entry: &Entry) -> ClapCommand {
    let definition = entry.definition();
    match entry.name.contains('_') {
        true => definition.alias(entry.name.replace('_', "-")),
        false => definition,
    }
}

/// The commands as help lists them: by heading, then by name.
fn in_order() -> Vec<&'static Entry> {
    let mut entries: Vec<&Entry> = commands::all().collect();
    entries.sort_by_key(|entry| (entry.heading, entry.name));
    entries
}

/// Name and first line of every command, by heading.
fn overview(definition: &ClapCommand, entries: &[&Entry]) -> String {
    let mut text = String::from(
        "Usage\n\nwarrenctl [--node <node>] [--timeout <timeout>] [--quiet] <command> [<command options>]\n\nAvailable commands:\n",
    );
    for group in entries.chunk_by(|one, next| one.heading == next.heading) {
        text.push_str(&group.first().map(|first| format!("\n{}:\n\n", first.heading)).unwrap_or_default());
        for Entry { name, .. } in group {
            let about = definition.find_subcommand(name).and_then(ClapCommand::get_about);
            text.push_str(&format!("   {name:<22} {}\n", about.map(ToString::to_string).unwrap_or_default()));
        }
    }
    text.push_str("\nUse 'warrenctl help <command>' to learn more about a specific command\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As when all commands are defined.
    fn parse_among_all(words: &str) -> Result<Cli, clap::Error> {
        let words = std::iter::once("warrenctl").chain(words.split(' '));
        command().try_get_matches_from(words).and_then(|matches| Cli::read(&matches))
    }

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
    fn every_command_stands_under_one_heading() {
        let entries = in_order();
        let help = overview(&command(), &entries);
        let mut listed: Vec<&str> = help
            .lines()
            .filter_map(|line| line.strip_prefix("   "))
            .filter_map(|line| line.split(' ').next())
            .collect();
        let mut names: Vec<&str> = entries.iter().map(|entry| entry.name).collect();
        listed.sort_unstable();
        names.sort_unstable();
        assert_eq!(listed, names);
        names.dedup();
        assert_eq!(listed, names, "two of one name");
        let headings = help.lines().filter(|line| line.ends_with(':') && *line != "Available commands:");
        assert_eq!(headings.count(), 10, "{help}");
    }

    #[test]
    fn global_options_stand_anywhere_and_hyphens_are_underscores() {
        for words in ["-q -p v list-queues name -t 3", "list_queues -p v --quiet name --timeout=3"] {
            let cli = parse_among_all(words).unwrap();
            assert_eq!(
                (cli.options.vhost.as_deref(), cli.options.quiet, cli.options.timeout),
                (Some("v"), true, Some(3))
            );
        }
        assert!(parse_among_all("list_queues --formatter JSON").is_ok());
    }

    #[test]
    fn a_command_alone_is_defined_as_it_is_among_all() {
        let shown = |command: &ClapCommand| command.clone().render_long_help().to_string();
        for whole in command().get_subcommands() {
            let alone = commands::named(whole.get_name()).unwrap().definition();
            assert_eq!(shown(&alone), shown(whole), "{}", whole.get_name());
        }
    }

    #[test]
    fn one_command_is_parsed_as_among_all_or_not_at_all() {
        let parse = |words: &str| {
            let whole = parse_among_all(words);
            let words: Vec<OsString> =
                std::iter::once("warrenctl").chain(words.split(' ')).map(OsString::from).collect();
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
