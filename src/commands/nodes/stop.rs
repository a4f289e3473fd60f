//! `stop`

use std::fs;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

use clap::Args;
use rustix::process::{Pid, test_kill_process};
use warren_api::warren;

use crate::client::{Client, ClientError};
use crate::command::Run;
use crate::context::Context;
use crate::failure::{Failure, Kind, Result};
use crate::output::Output;

/// How often it is looked whether the node is gone.
const PAUSE: Duration = Duration::from_millis(20);

/// Stops the node: its process ends
#[derive(Debug, Args)]
pub struct Stop {
    /// A file with the process id of a node on this machine; waits until that process has ended
    #[arg(value_name = "PIDFILE")]
    pid_file: Option<PathBuf>,
    /// A node that does not answer is no failure
    #[arg(long)]
    idempotent: bool,
}

impl Run for Stop {
    fn check(&self, context: &Context) -> Result<()> {
        context.client().map(drop)
    }

    fn banner(&self, context: &Context) -> Option<String> {
        Some(format!("Stopping and halting node {} ...", context.node_label()))
    }

    fn announces_at_once(&self) -> bool {
        true
    }

    fn default_timeout(&self) -> Option<Duration> {
        Some(Duration::from_secs(120))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let asked_pid = self.pid_file.as_ref().map(read_pid).transpose()?;
        let client = context.client()?;
        let pid = match client.node_status() {
            Ok(status) => asked_pid.or_else(|| local_pid(client, status.pid)),
            Err(ClientError::Unreachable { .. }) if self.idempotent => {
                return Ok(Output::Message(format!("Node {} is no longer running", context.address_label())));
            }
            Err(error @ (ClientError::Unreachable { .. } | ClientError::TimedOut { .. })) => {
                return Err(error.into());
            }
            // A node that cannot tell its state can be stopped nevertheless.
            Err(_) => asked_pid,
        };
        client.call(warren::Shutdown)?;
        wait_until_gone(context, pid)?;
        Ok(match (&self.pid_file, pid) {
            (Some(file), Some(pid)) => Output::Message(format!(
                "process {} (take from pid file {}) is no longer running",
                pid.as_raw_nonzero(),
                file.display()
            )),
            _ => Output::Done,
        })
    }
}

fn read_pid(path: &PathBuf) -> Result<Pid> {
    let failed = |problem: String| {
        Failure::new(Kind::Data, format!("cannot read a process id from {}: {problem}", path.display()))
    };
    let text = fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    let number = text.trim().parse().map_err(|_| failed("it holds no number".into()))?;
    Pid::from_raw(number).ok_or_else(|| failed("0 is none".into()))
}

/// The node's process, if it is on this machine.
fn local_pid(client: &Client, pid: u64) -> Option<Pid> {
    let pid = Pid::from_raw(i32::try_from(pid).ok()?)?;
    (client.node().address.is_local() && is_alive(pid)).then_some(pid)
}

/// Waits until nothing answers any more and, where it can be seen, the process has ended.
fn wait_until_gone(context: &Context, pid: Option<Pid>) -> Result<()> {
    let end = Instant::now() + context.timeout().unwrap_or_default();
    loop {
        let answers = match context.fresh_client()?.node_status() {
            Err(ClientError::Unreachable { .. }) => false,
            Err(ClientError::TimedOut { .. }) | Ok(_) | Err(_) => true,
        };
        if !answers && !pid.is_some_and(is_alive) {
            return Ok(());
        }
        if Instant::now() > end {
            return Err(Failure::new(Kind::TimedOut, "the node was told to stop, and has not stopped yet"));
        }
        sleep(PAUSE);
    }
}

/// Whether the process exists. One that has ended and that its parent has not looked after yet does not count.
fn is_alive(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    let state = stat.ok().and_then(|stat| stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next()));
    state != Some('Z') && test_kill_process(pid).is_ok()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_process_is_alive_until_it_ends() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let pid = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
        assert!(is_alive(pid));
        child.kill().unwrap();
        while is_alive(pid) {
            std::thread::yield_now();
        }
        child.wait().unwrap();
        assert!(!is_alive(pid));
    }

    #[test]
    fn a_pid_file_holds_one_number() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pid");
        assert_eq!(read_pid(&path).unwrap_err().kind, Kind::Data);
        fs::write(&path, "17\n").unwrap();
        assert_eq!(read_pid(&path).unwrap().as_raw_nonzero().get(), 17);
        for text in ["", "x", "0"] {
            fs::write(&path, text).unwrap();
            assert_eq!(read_pid(&path).unwrap_err().kind, Kind::Data, "{text:?}");
        }
    }
}
