//! `start`

use std::env;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use clap::Args;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use warren_api::warren::NodeStatus;

use super::server_options::NodeOptions;
use super::welcome;
use crate::client::Client;
use crate::command::Run;
use crate::context::Context;
use crate::failure::{Failure, Kind, Result};
use crate::node::{self, Address, Node};
use crate::output::Output;

/// How often it is looked whether the node is ready.
const PAUSE: Duration = Duration::from_millis(5);

/// How much of the log is shown when the node does not start.
const LOG_TAIL: u64 = 8 * 1024;

/// Starts a node in the background, and waits until AMQP and the management API answer
#[derive(Debug, Args)]
pub struct Start {
    #[command(flatten)]
    options: NodeOptions,
}

impl Run for Start {
    fn default_timeout(&self) -> Option<Duration> {
        Some(Duration::from_secs(60))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let files = NodeFiles::find(&self.options)?;
        if UnixStream::connect(&files.socket).is_ok() {
            return already_running(context, &files.socket);
        }
        let log_start = files.prepare()?;
        let mut child = files.spawn(&self.options)?;
        let ready = files.wait(&mut child, log_start, context.timeout().unwrap_or_default())?;
        Ok(Output::Record { text: welcome::text(&ready, &files.socket, &files.log), json: ready })
    }
}

/// Says that the node runs already. A node that cannot tell its state runs nevertheless.
fn already_running(context: &Context, socket: &Path) -> Result<Output> {
    let address = Address::Unix(socket.to_owned());
    let node = Node { address: address.clone(), credentials: None, vhost: None, tried: None };
    let (message, app_running) = match Client::new(node, context.timeout())?.node_status() {
        Ok(NodeStatus { node, pid, data_directory, app_running, .. }) => (
            format!("node {node} runs already (process id {pid}, data directory {data_directory})"),
            app_running,
        ),
        Err(_) => (format!("a node runs already; it answers at {address}"), true),
    };
    Err(Failure::new(Kind::Exists, message).with_hint(match app_running {
        true => "Stop it with 'warrenctl stop', or start another with --data-dir, --amqp and --http.",
        false => "Its app is stopped. Start it with 'warrenctl start_app'.",
    }))
}

/// The files of a node that is to start.
struct NodeFiles {
    data_dir: PathBuf,
    socket: PathBuf,
    ready_file: PathBuf,
    log: PathBuf,
}

impl NodeFiles {
    fn find(options: &NodeOptions) -> Result<Self> {
        let Some(data_dir) = options.data_dir.clone().or_else(node::data_dir) else {
            return Err(Failure::new(
                Kind::CannotStart,
                "no data directory: neither XDG_DATA_HOME nor HOME is set",
            )
            .with_hint("Name one with --data-dir."));
        };
        let absolute = |path: &Path| std::path::absolute(path).map_err(Failure::internal);
        let data_dir = absolute(&data_dir)?;
        let or_in_data_dir = |path: &Option<PathBuf>, name| match path {
            Some(path) => absolute(path),
            None => Ok(data_dir.join(name)),
        };
        Ok(Self {
            socket: or_in_data_dir(&options.socket, "admin.sock")?,
            ready_file: or_in_data_dir(&options.ready_file, "ready.json")?,
            log: data_dir.join("warren.log"),
            data_dir,
        })
    }

    /// Creates the data directory, and removes what an earlier node said about itself. Gives the length of the log.
    fn prepare(&self) -> Result<u64> {
        let failed = |error: std::io::Error| {
            Failure::new(
                Kind::CannotStart,
                format!("cannot write to the data directory {}: {error}", self.data_dir.display()),
            )
            .with_hint("Name another with --data-dir.")
        };
        DirBuilder::new().recursive(true).mode(0o700).create(&self.data_dir).map_err(failed)?;
        match fs::remove_file(&self.ready_file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        Ok(self.open_log().map_err(failed)?.metadata().map_err(failed)?.len())
    }

    fn open_log(&self) -> std::io::Result<File> {
        OpenOptions::new().create(true).append(true).mode(0o600).open(&self.log)
    }

    fn spawn(&self, options: &NodeOptions) -> Result<Child> {
        let options = NodeOptions {
            data_dir: Some(self.data_dir.clone()),
            socket: Some(self.socket.clone()),
            ready_file: Some(self.ready_file.clone()),
            ..options.clone()
        };
        let log = self.open_log().map_err(Failure::internal)?;
        Command::new(env::current_exe().map_err(Failure::internal)?)
            .args(["server", "--detach"])
            .args(options.words())
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(Failure::internal)?)
            .stderr(log)
            .spawn()
            .map_err(Failure::internal)
    }

    /// Waits until this very process says that it is ready.
    fn wait(&self, child: &mut Child, log_start: u64, timeout: Duration) -> Result<Value> {
        let end = Instant::now() + timeout;
        loop {
            if let Some(ready) = self.ready().filter(|ready| ready["pid"] == child.id()) {
                return Ok(ready);
            }
            if let Some(status) = child.try_wait().map_err(Failure::internal)? {
                let failure = Failure::new(Kind::CannotStart, self.last_words(log_start));
                return Err(failure.with_hint(format!(
                    "The node did not start ({status}). Its log is {}.",
                    self.log.display()
                )));
            }
            if Instant::now() > end {
                terminate(child);
                let seconds = timeout.as_secs();
                let message = format!("the node was not ready after {seconds} seconds, and was stopped");
                return Err(Failure::new(Kind::TimedOut, message).with_hint(format!(
                    "Its log is {}. Allow more time with --timeout SECONDS.",
                    self.log.display()
                )));
            }
            sleep(PAUSE);
        }
    }

    fn ready(&self) -> Option<Value> {
        serde_json::from_slice(&fs::read(&self.ready_file).ok()?).ok()
    }

    /// The error with which the node ended, else the end of what it logged.
    fn last_words(&self, log_start: u64) -> String {
        let text = read_from(&self.log, log_start).unwrap_or_default();
        match text.rsplit_once("Error:") {
            Some((_, error)) => error.trim().to_owned(),
            None if text.trim().is_empty() => "the node ended without a word".to_owned(),
            None => text.trim().to_owned(),
        }
    }
}

fn terminate(child: &Child) {
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, Signal::TERM);
    }
}

/// What was written to a file since it had this length, or the end of that.
fn read_from(path: &Path, start: u64) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(start.max(length.saturating_sub(LOG_TAIL)).min(length)))?;
    let mut bytes = Vec::new();
    file.take(LOG_TAIL).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_log_of_this_start_is_shown() {
        let dir = tempfile::tempdir().unwrap();
        let options = NodeOptions { data_dir: Some(dir.path().into()), ..NodeOptions::default() };
        let files = NodeFiles::find(&options).unwrap();
        fs::write(&files.log, "Error:\nearlier\n").unwrap();
        let start = files.prepare().unwrap();
        assert_eq!(files.last_words(start), "the node ended without a word");
        fs::write(&files.log, "Error:\nearlier\nINFO x\nError:\nport 1 is taken\n").unwrap();
        assert_eq!(files.last_words(start), "port 1 is taken");
    }

    #[test]
    fn files_lie_in_the_data_directory_unless_they_are_named() {
        let options = NodeOptions {
            data_dir: Some("/d".into()),
            ready_file: Some("/elsewhere/r".into()),
            ..NodeOptions::default()
        };
        let files = NodeFiles::find(&options).unwrap();
        assert_eq!(files.socket, Path::new("/d/admin.sock"));
        assert_eq!(files.ready_file, Path::new("/elsewhere/r"));
        assert_eq!(files.log, Path::new("/d/warren.log"));
    }
}
