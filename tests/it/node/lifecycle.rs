//! Start and end: in the foreground, in the background, twice, by signal.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::harness::{Broker, Ran, Wire, eventually, isolated};

/// A server in the background, ended with the test.
struct Background {
    home: TempDir,
}

impl Background {
    fn new() -> Self {
        Self { home: tempfile::Builder::new().prefix("warren-it-").tempdir().unwrap() }
    }

    fn home(&self) -> &Path {
        self.home.path()
    }

    /// `warrenctl` with this home and no other setting, so that it finds the default data directory.
    fn warrenctl(&self, arguments: &[&str]) -> Ran {
        let mut command = isolated(env!("CARGO_BIN_EXE_warrenctl"), self.home());
        command.args(arguments);
        Ran::of(command, "")
    }

    fn start(&self) -> Ran {
        let ready = self.home().join("ready.json").display().to_string();
        self.warrenctl(&["start", "--amqp", "127.0.0.1:0", "--http", "127.0.0.1:0", "--ready-file", &ready])
    }

    fn pid(&self) -> Option<u64> {
        let text = fs::read_to_string(self.home().join("ready.json")).ok()?;
        serde_json::from_str::<serde_json::Value>(&text).ok()?["pid"].as_u64()
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(pid) = self.pid().filter(|pid| is_running(*pid)) {
            Command::new("kill").args(["-KILL", &pid.to_string()]).status().ok();
        }
    }
}

fn is_running(pid: u64) -> bool {
    // A process that nobody waited for is a zombie, and not running.
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

#[test]
fn start_leaves_a_server_in_the_background_and_stop_ends_it() {
    let background = Background::new();
    let told = background.start();
    assert_eq!(told.code, 0, "{told}");
    let ready = fs::read_to_string(background.home().join("ready.json")).unwrap();
    let ready: serde_json::Value = serde_json::from_str(&ready).unwrap();
    let pid = background.pid().unwrap();
    assert!(is_running(pid));
    for part in [ready["amqp"].as_str().unwrap(), ready["http"].as_str().unwrap(), "warrenctl stop"] {
        assert!(told.stdout.contains(part), "no {part} in {told}");
    }
    let data = background.home().join(".local/share/warren");
    assert_eq!(ready["data_dir"].as_str(), data.to_str());

    // Local commands find it without being told where, and need no password.
    background.warrenctl(&["add_vhost", "v"]).ok();
    assert!(background.warrenctl(&["list_vhosts", "-s"]).ok().lines().any(|line| line == "v"));

    let again = background.start();
    assert_ne!(again.code, 0, "{again}");
    assert!(again.stderr.contains("runs already") && again.stderr.contains(&pid.to_string()), "{again}");
    assert!(is_running(pid));

    background.warrenctl(&["stop"]).ok();
    eventually("the server ends", || if is_running(pid) { Err("it runs".into()) } else { Ok(()) });
    let gone = background.warrenctl(&["ping"]);
    assert_eq!(gone.code, 69, "{gone}");
}

#[test]
fn a_stop_signal_is_a_stop() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    for signal in ["-TERM", "-INT"] {
        let mut wire = Wire::with_channel(&broker);
        let pid = broker.server().pid().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        let closed = wire.connection_closed();
        assert!(closed.code == 320 && closed.text.starts_with("CONNECTION_FORCED"), "{closed:?}");
        assert_eq!(broker.server().await_exit(), Some(0), "{signal}");
        broker.start_again();
    }
}

#[test]
fn a_taken_port_is_named_with_the_option_that_changes_it() {
    let Some(broker) = Broker::start_own(None) else { return };
    for (option, taken, other) in [("--amqp", &broker.amqp, "--http"), ("--http", &broker.http, "--amqp")] {
        let home = tempfile::tempdir().unwrap();
        let mut command = isolated(env!("CARGO_BIN_EXE_warrenctl"), home.path());
        command.args(["server", option, taken, other, "127.0.0.1:0"]);
        let refused = Ran::of(command, "");
        assert_ne!(refused.code, 0, "{refused}");
        let port = taken.rsplit(':').next().unwrap();
        assert!(refused.stderr.contains(port) && refused.stderr.contains(option), "{refused}");
        assert!(!refused.stderr.contains("panicked"), "{refused}");
    }
}

#[test]
fn a_data_directory_has_one_server() {
    let Some(broker) = Broker::start_own(None) else { return };
    let data = broker.home().join("data").display().to_string();
    let mut command = isolated(env!("CARGO_BIN_EXE_warrenctl"), broker.home());
    command.args(["server", "--data-dir", &data, "--amqp", "127.0.0.1:0", "--http", "127.0.0.1:0"]);
    let refused = Ran::of(command, "");
    assert_ne!(refused.code, 0, "{refused}");
    assert!(refused.stderr.contains(&data), "{refused}");
    // The first one is none the worse for it.
    Wire::with_channel(&broker).declare_queue(1, "q");
    broker.ctl(&["ping"]).ok();
}

#[test]
fn the_admin_socket_is_for_its_owner_alone_and_http_wants_a_password() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    let socket = broker.server().socket.clone();
    assert_eq!(fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(broker.http("GET", "/api/whoami", "").status, 200);
    assert_eq!(broker.http_as(("guest", "wrong"), "GET", "/api/whoami", "").status, 401);
    assert_eq!(broker.http_as(("", ""), "GET", "/api/overview", "").status, 401);
    // With guest gone, the socket still lets its owner in.
    broker.ctl(&["delete_user", "guest"]).ok();
    assert_eq!(broker.http("GET", "/api/whoami", "").status, 401);
    broker.ctl(&["add_user", "root", "123"]).ok();
    broker.stop_and_restart();
    broker.shows(&["list_users"], &["user\ttags", "root\t[]"]);
}
