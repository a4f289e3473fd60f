//! From the words of the command line to the exit code.

use std::ffi::OsString;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::process::ExitCode;

use crate::cli::{self, Cli};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, print, to_stderr, visible};
use crate::usage;

/// Exit code when standard output cannot be written.
const CANNOT_WRITE: u8 = 70;

/// Runs the command line.
pub fn main(words: impl Iterator<Item = OsString>) -> ExitCode {
    let words: Vec<OsString> = words.collect();
    if let Some(cli) = cli::parse_one(&words) {
        return run(&cli);
    }
    let mut definition = cli::command();
    let parsed = definition
        .try_get_matches_from_mut(words)
        .and_then(|matches| Cli::read(&matches).map_err(|error| error.format(&mut definition)));
    match parsed {
        Ok(cli) => run(&cli),
        Err(error) => usage::report(&mut definition, &error),
    }
}

fn run(cli: &Cli) -> ExitCode {
    let command = &cli.command;
    let context = Context::new(cli.options.clone(), cli::command, command.default_timeout());
    let result = command.check(&context).and_then(|()| {
        if let Some(banner) = command.banner(&context) {
            context.announce(banner);
        }
        if command.announces_at_once() {
            context.print_banner();
        }
        if cli.options.dry_run { Ok(Output::Done) } else { command.run(&context) }
    });
    match result {
        Ok(output) => {
            context.print_banner();
            finish(&context, &output, cli.options.dry_run)
        }
        Err(failure) => {
            // No time at all is over before anything is announced.
            if !failure.kind.comes_before_banner() && cli.options.timeout != Some(0) {
                context.print_banner();
            }
            fail(&context, &failure)
        }
    }
}

fn finish(context: &Context, output: &Output, dry_run: bool) -> ExitCode {
    warn(context);
    if dry_run {
        return ExitCode::SUCCESS;
    }
    let mut out = BufWriter::new(io::stdout().lock());
    let printed =
        print(&mut out, output, context.style(), || context.node_label()).and_then(|()| out.flush());
    match printed {
        Ok(()) => ExitCode::SUCCESS,
        // A reader that has seen enough, such as `head`, is no failure.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            to_stderr(&format!("Error:\ncannot write to standard output: {error}"));
            ExitCode::from(CANNOT_WRITE)
        }
    }
}

fn fail(context: &Context, failure: &Failure) -> ExitCode {
    warn(context);
    to_stderr(&failure.to_string());
    ExitCode::from(failure.kind.exit_code())
}

fn warn(context: &Context) {
    for warning in context.take_warnings() {
        to_stderr(&format!("Warning: {}", visible(&warning)));
    }
}
