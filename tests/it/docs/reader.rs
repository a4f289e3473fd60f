//! A reader who follows a page: with a home, terminals and, after the first commands, a node of their own.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tempfile::TempDir;

use super::expected::matches;
use super::names::Names;
use super::page::{MAIN, Step};
use super::terminal::{Printed, Terminal};
use crate::harness::{Pika, isolated};

/// How long a command may take before it fails. Far above what any takes.
const DEADLINE: Duration = Duration::from_secs(60);

/// The reader.
pub struct Reader {
    home: TempDir,
    names: Names,
    terminals: HashMap<String, Terminal>,
}

impl Reader {
    /// A reader with an empty home. `None` (and a printed reason) when there is no Python with pika.
    pub fn new() -> Option<Self> {
        Pika::Today.python()?;
        let home = tempfile::Builder::new().prefix("warren-docs-").tempdir().unwrap();
        fs::create_dir(home.path().join(".python")).unwrap();
        let ports = home.path().join(".python/sitecustomize.py");
        fs::write(ports, include_str!("sitecustomize.py")).unwrap();
        let names = Names::new(home.path());
        Some(Self { home, names, terminals: HashMap::new() })
    }

    /// Follows one step. `Err` is what was printed, in the page's names, where it is not what the page shows.
    pub fn follow(&mut self, step: &Step) -> Result<(), Vec<String>> {
        match step {
            Step::Save { name, text } => {
                self.save(name, text);
                Ok(())
            }
            Step::Command { terminal, command, printed, stays, .. } => {
                if *stays {
                    self.begin(terminal, command);
                    return self.shows(terminal, &printed.text, false);
                }
                self.run(terminal, command, &printed.text)
            }
            Step::Look { terminal, printed, .. } => self.shows(terminal, &printed.text, false),
            Step::Interrupt { terminal, printed, .. } => {
                self.terminal(terminal).interrupt();
                // What a program says that dies of Control-C is shown only where it matters.
                let anything = ["…".to_owned()];
                let shown = if printed.text.is_empty() { &anything[..] } else { &printed.text };
                let result = self.shows(terminal, shown, true);
                self.terminals.remove(terminal);
                result
            }
        }
    }

    /// Runs a command to its end, as a reader would who starts a node without being told.
    pub fn prepare(&mut self, command: &str) {
        if let Err(printed) = self.run(MAIN, command, &["…".to_owned()]) {
            panic!("{command}: {}", printed.join("\n"));
        }
    }

    fn save(&mut self, name: &str, text: &str) {
        let relative = name.strip_prefix("~/").unwrap_or(name);
        let path = self.home.path().join(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, self.names.real(text)).unwrap();
    }

    fn begin(&mut self, terminal: &str, command: &str) {
        let command = self.names.real(command);
        self.terminal(terminal).begin(&command);
    }

    /// Runs a command to its end. One that only lists is repeated until it shows what it should.
    fn run(&mut self, terminal: &str, command: &str, shown: &[String]) -> Result<(), Vec<String>> {
        let repeatable = command.starts_with("warrenctl list_") && !shown.is_empty();
        let end = Instant::now() + if repeatable { DEADLINE / 6 } else { Duration::ZERO };
        loop {
            self.begin(terminal, command);
            let result = self.shows(terminal, shown, true);
            if result.is_ok() || Instant::now() > end {
                return result;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until a terminal shows this; `to_the_end`, until its command has ended with that.
    fn shows(&mut self, terminal: &str, shown: &[String], to_the_end: bool) -> Result<(), Vec<String>> {
        let end = Instant::now() + DEADLINE;
        loop {
            let Printed { lines, ended } = self.terminal(terminal).printed();
            let lines: Vec<String> = lines.iter().map(|line| self.names.shown(line)).collect();
            let late = Instant::now() > end;
            if (ended || !to_the_end) && matches(shown, &lines) {
                self.terminal(terminal).forget();
                return Ok(());
            }
            if ended || late {
                return Err(lines);
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn terminal(&mut self, name: &str) -> &mut Terminal {
        let home = self.home.path();
        self.terminals
            .entry(name.to_owned())
            .or_insert_with(|| Terminal::start(bash(home), home.join(format!(".terminal{name}"))))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.terminals.clear();
        // The node was started from this home, in the background, and nobody else knows it.
        let pid = self.names.ready().and_then(|ready| ready["pid"].as_i64());
        if let Some(pid) = pid.and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw) {
            kill_process(pid, Signal::KILL).ok();
            // It must not write into the folder while that is removed.
            let end = Instant::now() + Duration::from_secs(1);
            while test_kill_process(pid).is_ok() && Instant::now() < end {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }
}

/// A shell that finds `warrenctl` and the Python with pika, and whose node takes free ports.
fn bash(home: &Path) -> Command {
    let mut command = isolated("bash", home);
    let warrenctl = Path::new(env!("CARGO_BIN_EXE_warrenctl")).parent().unwrap();
    let python = Pika::Today.python().and_then(Path::parent).expect("looked for before");
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{}:{}:{path}", warrenctl.display(), python.display()));
    command.env("WARREN_AMQP", "127.0.0.1:0").env("WARREN_HTTP", "127.0.0.1:0");
    command.env("PYTHONPATH", home.join(".python")).env("PYTHONDONTWRITEBYTECODE", "1");
    command.env("PYTHONUNBUFFERED", "1").env("PYTHONUTF8", "1").env("LC_ALL", "C.UTF-8");
    command
}
