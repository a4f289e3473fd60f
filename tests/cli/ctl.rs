//! Runs `warrenctl` with an environment that holds nothing of the machine it runs on.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_warrenctl");

/// What a run left.
#[derive(Debug)]
pub struct Ran {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Exit code; `None` if a signal ended it.
    pub code: Option<i32>,
}

/// A command whose home, data and configuration lie under `home`.
pub fn command(home: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    command.env_clear().env("HOME", home).env("PATH", "/usr/bin:/bin").current_dir(home).stdin(Stdio::null());
    command
}

/// Runs it.
pub fn run(home: &Path, words: &[&str]) -> Ran {
    run_command(command(home).args(words), "")
}

/// Runs it with standard input.
pub fn run_with_input(home: &Path, words: &[&str], input: &str) -> Ran {
    run_command(command(home).args(words), input)
}

/// Runs a prepared command.
pub fn run_command(command: &mut Command, input: &str) -> Ran {
    let stdin = if input.is_empty() { Stdio::null() } else { Stdio::piped() };
    let mut child = command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes()).unwrap();
    }
    let output = child.wait_with_output().unwrap();
    Ran {
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code(),
    }
}
