//! A `warrenctl server` process on free ports with a data directory of its own, killed when the test ends.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::wait::eventually;

/// The running server and what it told about itself.
pub struct Server {
    child: Child,
    folder: TempDir,
    config: Option<PathBuf>,
    /// `HOST:PORT` of the AMQP listener.
    pub amqp: String,
    /// `HOST:PORT` of the HTTP listener.
    pub http: String,
    /// Path of the admin socket.
    pub socket: String,
}

impl Server {
    /// Starts a server on an empty data directory. `config` is the text of its configuration file, if it is to have one.
    pub fn start(config: Option<&str>) -> Self {
        let folder = tempfile::Builder::new().prefix("warren-it-").tempdir().unwrap();
        let config = config.map(|text| {
            let path = folder.path().join("warren.conf");
            fs::write(&path, text).unwrap();
            path
        });
        let child = spawn(folder.path(), config.as_deref(), &[]);
        let mut server =
            Self { child, folder, config, amqp: String::new(), http: String::new(), socket: String::new() };
        server.await_ready();
        server
    }

    /// A folder for files of the test: home of the programs that it runs.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Process id of the server.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends the process without warning, as a crash would.
    pub fn kill(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }

    /// Waits until the process has ended by itself and gives its exit code.
    pub fn await_exit(&mut self) -> Option<i32> {
        eventually("the server ends", || match self.child.try_wait().map_err(|error| error.to_string())? {
            Some(status) => Ok(status.code()),
            None => Err("it still runs".into()),
        })
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Starts the server again on the same data directory. The ports may be others.
    pub fn start_again(&mut self) {
        self.start_again_with(&[]);
    }

    /// The same, with more options.
    pub fn start_again_with(&mut self, options: &[&str]) {
        assert!(self.child.try_wait().unwrap().is_some(), "the server still runs");
        fs::remove_file(self.folder.path().join("ready.json")).ok();
        self.child = spawn(self.folder.path(), self.config.as_deref(), options);
        self.await_ready();
    }

    /// Starts the server again and expects it to refuse. Gives what it wrote to its standard error.
    #[track_caller]
    pub fn refuses_to_start(&mut self) -> String {
        let before = self.log().len();
        self.child = spawn(self.folder.path(), self.config.as_deref(), &[]);
        assert_ne!(self.await_exit(), Some(0), "{}", self.log());
        let said = self.log().split_off(before);
        assert!(!said.contains("panicked"), "{said}");
        said
    }

    /// A second server on the same data directory, not yet run.
    pub fn twin(&self) -> Command {
        command(self.folder.path(), self.config.as_deref(), &[])
    }

    /// What the server wrote to its standard error so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("server.log")).unwrap_or_default()
    }

    fn await_ready(&mut self) {
        let path = self.folder.path().join("ready.json");
        let ready = eventually("the server is ready", || {
            if let Ok(text) = fs::read_to_string(&path) {
                return Ok(serde_json::from_str::<serde_json::Value>(&text).expect("ready file"));
            }
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("the server ended with {status} before it was ready:\n{}", self.log());
            }
            Err(format!("no ready file; its log:\n{}", self.log()))
        });
        assert_eq!(ready["pid"], self.child.id(), "pid in the ready file");
        let text = |key: &str| ready[key].as_str().unwrap_or_else(|| panic!("{key} in {ready}")).to_owned();
        (self.amqp, self.http, self.socket) = (text("amqp"), text("http"), text("socket"));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        let log = self.log();
        if !std::thread::panicking() {
            assert!(!log.contains("panicked"), "the server panicked:\n{log}");
        } else {
            // The log is the best witness of why the test failed.
            #[allow(clippy::print_stderr)]
            {
                eprintln!("log of the server:\n{log}");
            }
        }
    }
}

fn spawn(folder: &Path, config: Option<&Path>, options: &[&str]) -> Child {
    let log = File::options().create(true).append(true).open(folder.join("server.log")).unwrap();
    let mut command = command(folder, config, options);
    command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
    command.spawn().expect("warrenctl server starts")
}

/// The server's command line. A limit on the size of files makes its writes fail and does not kill it, so that a test
/// can break its disk.
fn command(folder: &Path, config: Option<&Path>, options: &[&str]) -> Command {
    let mut command = isolated("sh", folder);
    command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_warrenctl")]);
    command.arg("server").arg("--data-dir").arg(folder.join("data")).args(["--amqp", "127.0.0.1:0"]);
    command.args(["--http", "127.0.0.1:0"]).arg("--ready-file").arg(folder.join("ready.json"));
    if let Some(config) = config {
        command.arg("--config").arg(config);
    }
    command.args(options);
    command
}

/// A command that sees nothing of the user's own settings: no `WARREN_*` variables, a home of its own.
pub fn isolated(program: &str, home: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("WARREN_") || name.starts_with("XDG_") {
            command.env_remove(name);
        }
    }
    command.env("HOME", home).current_dir(home);
    command
}
