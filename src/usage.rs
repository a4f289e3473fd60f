//! What is said when the command line cannot be understood, in rabbitmqctl's words and with its exit code.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Command as ClapCommand;
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

use crate::failure::Kind;
use crate::output::{to_stderr, visible};

/// From which likeness on a command is suggested; rabbitmqctl's own value.
const LIKENESS: f64 = 0.77;

/// How many commands are suggested at most.
const SUGGESTIONS: usize = 3;

/// Prints help to standard output, or what is wrong to standard error.
pub fn report(definition: &mut ClapCommand, error: &Error) -> ExitCode {
    let usage = ExitCode::from(Kind::Usage.exit_code());
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let _ = write!(io::stdout().lock(), "{error}");
            return ExitCode::SUCCESS;
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            to_stderr(&definition.render_help().to_string());
        }
        ErrorKind::InvalidSubcommand => {
            let name = context(error, ContextKind::InvalidSubcommand).unwrap_or_default();
            to_stderr(&unknown_command(definition, &name));
        }
        _ => {
            let usage = context(error, ContextKind::Usage).unwrap_or_default();
            let text = format!("Error (argument validation): {}\n\n{}", problem(error), usage.trim_end());
            to_stderr(visible(&text).trim_end());
        }
    }
    usage
}

/// Says that there is no such command, and which ones have similar names.
pub fn unknown_command(definition: &ClapCommand, name: &str) -> String {
    let near = neighbours(definition, name);
    let name = visible(name);
    let advice = match near.as_slice() {
        [] => "Use 'warrenctl help' to see all commands.".to_owned(),
        [one] => format!("Did you mean '{one}'?"),
        [most @ .., last] => format!("Did you mean '{}' or '{last}'?", most.join("', '")),
    };
    format!("\nCommand '{name}' not found. \n{advice} \n")
}

/// The commands whose names are nearest, the nearest first.
fn neighbours(definition: &ClapCommand, name: &str) -> Vec<String> {
    let name = name.replace('-', "_").to_lowercase();
    let mut near: Vec<(f64, &str)> = definition
        .get_subcommands()
        .map(|subcommand| (strsim::jaro(&name, subcommand.get_name()), subcommand.get_name()))
        .filter(|(likeness, _)| *likeness >= LIKENESS)
        .collect();
    near.sort_by(|one, other| other.0.total_cmp(&one.0));
    near.into_iter().take(SUGGESTIONS).map(|(_, name)| name.to_owned()).collect()
}

fn problem(error: &Error) -> String {
    let argument = context(error, ContextKind::InvalidArg).unwrap_or_default();
    let value = context(error, ContextKind::InvalidValue).unwrap_or_default();
    match error.kind() {
        ErrorKind::MissingRequiredArgument => format!("not enough arguments.\nMissing: {argument}"),
        ErrorKind::UnknownArgument if argument.starts_with('-') => {
            format!("Invalid options for this command:\n{argument}{}", dash_advice(&argument))
        }
        ErrorKind::UnknownArgument => "too many arguments.".to_owned(),
        ErrorKind::InvalidValue if value.is_empty() => {
            format!("Invalid options for this command:\n{argument} needs a value")
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let allowed = context(error, ContextKind::ValidValue);
            let allowed = allowed.map(|names| format!("\nPossible values: {names}")).unwrap_or_default();
            format!("Invalid options for this command:\n{argument} : {value}{allowed}")
        }
        _ => error.to_string().lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned(),
    }
}

/// A password or pattern that begins with a hyphen looks like an option.
fn dash_advice(argument: &str) -> String {
    format!("\nIf '{argument}' is a value and no option, write -- before the values.")
}

fn context(error: &Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => Some(texts.join(", ")),
        ContextValue::StyledStr(text) => Some(text.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::command;

    #[test]
    fn the_nearest_command_comes_first() {
        let definition = command();
        assert_eq!(neighbours(&definition, "list_quues")[0], "list_queues");
        assert_eq!(neighbours(&definition, "list-queue")[0], "list_queues");
        assert_eq!(neighbours(&definition, "ADD_USER")[0], "add_user");
        assert!(neighbours(&definition, "xyzzy").is_empty());
        assert!(unknown_command(&definition, "xyzzy").contains("warrenctl help"));
    }

    #[test]
    fn problems_are_in_rabbitmqctls_words() {
        let said = |words: &[&str]| problem(&command().try_get_matches_from(words).unwrap_err());
        assert!(said(&["warrenctl", "add_user"]).starts_with("not enough arguments.\nMissing: <USERNAME>"));
        assert_eq!(said(&["warrenctl", "list_users", "x"]), "too many arguments.");
        assert!(
            said(&["warrenctl", "list_users", "--bogus"])
                .starts_with("Invalid options for this command:\n--bogus")
        );
        assert!(said(&["warrenctl", "list_users", "-t", "x"]).contains("--timeout <SECONDS> : x"));
        assert!(said(&["warrenctl", "list_users", "--formatter", "x"]).contains("pretty_table"));
    }
}
