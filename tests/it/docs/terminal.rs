//! A terminal of the reader: bash, to which commands are given one by one.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use rustix::process::{Pid, Signal, kill_process_group};

/// What bash prints behind a command that has ended.
const END: &str = "\u{1e}";

/// The shell, and what it has printed since it was last looked at.
pub struct Terminal {
    bash: Child,
    /// Where the text of the command that runs is put.
    script: PathBuf,
    printed: Arc<Mutex<Vec<u8>>>,
}

/// What a command has printed so far.
pub struct Printed {
    pub lines: Vec<String>,
    pub ended: bool,
}

impl Terminal {
    /// Starts a shell. `command` is bash with its environment; `script` a file that it may use.
    pub fn start(mut command: Command, script: PathBuf) -> Self {
        // Both streams go where a reader sees them, in the order in which they were written.
        command.args(["--norc", "--noprofile", "-c", "exec 2>&1; exec bash --norc --noprofile"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
        let mut bash = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let printed = Arc::new(Mutex::new(Vec::new()));
        let (mut pipe, sink) = (bash.stdout.take().unwrap(), Arc::clone(&printed));
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = pipe.read(&mut buffer) {
                sink.lock().unwrap().extend_from_slice(&buffer[..length]);
            }
        });
        Self { bash, script, printed }
    }

    /// Begins a command, forgetting what was printed before. `$?` is that of the command before it.
    pub fn begin(&mut self, command: &str) {
        self.printed.lock().unwrap().clear();
        fs::write(&self.script, format!("(exit ${{REPLAYED:-0}})\n{command}\n")).unwrap();
        let line = format!("source '{}' </dev/null; REPLAYED=$?; printf '{END}'\n", self.script.display());
        self.bash.stdin.as_mut().unwrap().write_all(line.as_bytes()).unwrap();
    }

    /// What the command has printed since it began or was last forgotten.
    pub fn printed(&mut self) -> Printed {
        let exited = self.bash.try_wait().unwrap().is_some();
        let bytes = self.printed.lock().unwrap().clone();
        let text = String::from_utf8_lossy(&bytes);
        let (text, ended) = match text.split_once(END) {
            Some((text, _)) => (text, true),
            None => (text.as_ref(), exited),
        };
        Printed { lines: text.lines().map(str::to_owned).collect(), ended }
    }

    /// Takes away what was printed so far, so that what comes next is seen alone.
    pub fn forget(&mut self) {
        self.printed.lock().unwrap().clear();
    }

    /// Types Control-C: the program and its shell end.
    pub fn interrupt(&mut self) {
        self.signal(Signal::INT);
    }

    fn signal(&self, signal: Signal) {
        let group = i32::try_from(self.bash.id()).ok().and_then(Pid::from_raw);
        if let Some(group) = group {
            kill_process_group(group, signal).ok();
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
        self.bash.wait().ok();
    }
}
