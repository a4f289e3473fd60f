//! A node of a row's own, and what it costs.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use warren_perf::Uri;

/// A running node; dropping it ends the process.
pub struct Server {
    folder: TempDir,
    child: Child,
    /// Where it answers.
    pub uri: Uri,
    /// The same as HOST:PORT.
    pub amqp: String,
    /// From the start of the process until it said that it is ready.
    pub started_in: Duration,
}

impl Server {
    /// Starts one on a real disk, not in memory: the folder can be set with WARREN_BENCH_DIR.
    pub fn start() -> Self {
        let parent = std::env::var_os("WARREN_BENCH_DIR").unwrap_or_else(|| "/var/tmp".into());
        let folder = tempfile::tempdir_in(parent).unwrap();
        let ready = folder.path().join("ready.json");
        let began = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_warrenctl"))
            .args(["server", "--amqp", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data-dir"])
            .arg(folder.path().join("data"))
            .arg("--ready-file")
            .arg(&ready)
            .env("WARREN_SOCKET", folder.path().join("admin.sock"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let told = loop {
            if let Some(told) = fs::read(&ready).ok().and_then(|text| serde_json::from_slice(&text).ok()) {
                break told;
            }
            assert!(child.try_wait().unwrap().is_none(), "the server ended");
            assert!(began.elapsed() < Duration::from_secs(30), "the server is not ready");
            std::thread::sleep(Duration::from_micros(200));
        };
        let started_in = began.elapsed();
        let told: serde_json::Value = told;
        let amqp = told["amqp"].as_str().unwrap().to_owned();
        let uri = Uri::parse(&format!("amqp://{amqp}")).unwrap();
        Self { folder, child, uri, amqp, started_in }
    }

    /// Processor time that it has taken.
    pub fn cpu(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        // Behind the name, which may hold blanks, fields 14 and 15 of all: clock ticks of 10 ms.
        let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
        let ticks = |at: usize| fields[at].parse::<u64>().unwrap();
        Duration::from_millis(10 * (ticks(11) + ticks(12)))
    }

    /// Resident memory in bytes.
    pub fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// Runs a command of `warrenctl` against the node; how long the process took.
    pub fn command(&self, words: &[&str]) -> Duration {
        let began = Instant::now();
        let node = format!("unix://{}", self.folder.path().join("admin.sock").display());
        let status = Command::new(env!("CARGO_BIN_EXE_warrenctl"))
            .args(words)
            .env("WARREN_NODE", node)
            .stdout(Stdio::null())
            .status();
        assert!(status.unwrap().success(), "{words:?}");
        began.elapsed()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
