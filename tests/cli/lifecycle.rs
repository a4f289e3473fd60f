//! `start`, a second `start`, `stop`, and starts that cannot succeed.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::ctl::{Ran, run};

/// A home whose node is ended with the test, however the test ends.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn start(&self, more: &[&str]) -> Ran {
        let words = ["start", "--amqp", "127.0.0.1:0", "--http", "127.0.0.1:0"];
        run(self.path(), &[&words, more].concat())
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let ready = fs::read(self.path().join(".local/share/warren/ready.json")).unwrap_or_default();
        let ready: Value = serde_json::from_slice(&ready).unwrap_or_default();
        if let Some(pid) = ready["pid"].as_i64().and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?)) {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

#[test]
fn a_node_is_started_once_and_stopped() {
    let home = Home::new();
    let ran = home.start(&[]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    for part in
        ["amqp://127.0.0.1:", "http://127.0.0.1:", " stop\n", " status\n", " add_user", " list_queues"]
    {
        assert!(ran.stdout.contains(part), "{part}: {ran:?}");
    }

    let again = home.start(&[]);
    assert_eq!((again.code, again.stdout.as_str()), (Some(70), ""), "{again:?}");
    assert!(again.stderr.contains("runs already (process id "), "{again:?}");

    let ping = run(home.path(), &["ping", "-q"]);
    assert_eq!((ping.code, ping.stdout.as_str()), (Some(0), "Ping succeeded\n"), "{ping:?}");

    let stop = run(home.path(), &["stop"]);
    assert_eq!((stop.code, stop.stderr.as_str()), (Some(0), ""), "{stop:?}");
    let socket = home.path().join(".local/share/warren/admin.sock");
    assert!(std::os::unix::net::UnixStream::connect(&socket).is_err());

    let node = format!("unix://{}", socket.display());
    assert_eq!(run(home.path(), &["stop", "-n", &node]).code, Some(69));
    let idle = run(home.path(), &["stop", "-n", &node, "--idempotent"]);
    assert_eq!(idle.code, Some(0), "{idle:?}");
    assert!(idle.stdout.contains("is no longer running"), "{idle:?}");
}

#[test]
fn json_tells_where_the_node_is() {
    let home = Home::new();
    let ran = home.start(&["--formatter", "json"]);
    let ready: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert!(
        ready["pid"].as_u64().unwrap() > 1 && ready["http"].as_str().unwrap().starts_with("127.0.0.1:"),
        "{ready}"
    );
    assert_eq!(run(home.path(), &["stop", "-q"]).code, Some(0));
}

#[test]
fn a_port_that_is_taken_is_named_with_the_option_that_changes_it() {
    let home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    for command in ["start", "server"] {
        let words = [command, "--amqp", &address.to_string(), "--http", "127.0.0.1:0"];
        let ran = run(home.path(), &words);
        assert_eq!(ran.code, Some(69), "{ran:?}");
        assert!(ran.stderr.contains(&address.port().to_string()) && ran.stderr.contains("--amqp"), "{ran:?}");
    }
}

#[test]
fn a_configuration_that_is_wrong_is_named_with_its_line() {
    let home = Home::new();
    let file = home.path().join("warren.conf");
    fs::write(&file, "heartbeat = 10\nno_such_key = 1\n").unwrap();
    let ran = run(home.path(), &["server", "--config", file.to_str().unwrap()]);
    assert_eq!(ran.code, Some(78), "{ran:?}");
    assert!(ran.stderr.contains("no_such_key") && ran.stderr.contains('2'), "{ran:?}");
    let ran = home.start(&["--config", file.to_str().unwrap()]);
    assert_eq!(ran.code, Some(69), "{ran:?}");
    assert!(ran.stderr.contains("no_such_key"), "{ran:?}");
}
