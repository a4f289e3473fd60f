//! A node of its own for a test: a `warrenctl server` process on free ports with a temporary data directory.

use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::ctl::{self, Ran};

/// How long a node may take to start before the test gives up.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running node; dropping it ends the process.
pub struct Node {
    home: TempDir,
    child: Child,
    ready: Value,
}

impl Node {
    /// Starts a node and waits until it says that it is ready.
    pub fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        let data = home.path().join(".local/share/warren");
        let ready_file = home.path().join("ready.json");
        let child = ctl::command(home.path())
            .args(["server", "--amqp", "127.0.0.1:0", "--http", "127.0.0.1:0"])
            .arg("--data-dir")
            .arg(&data)
            .arg("--ready-file")
            .arg(&ready_file)
            .stdout(Stdio::null())
            .stderr(fs::File::create(home.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        let mut node = Self { home, child, ready: Value::Null };
        node.ready = node.await_ready(&ready_file);
        node
    }

    fn await_ready(&mut self, file: &Path) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(ready) = fs::read(file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
                return ready;
            }
            let ended = self.child.try_wait().unwrap();
            let log = || fs::read_to_string(self.home.path().join("log")).unwrap_or_default();
            assert!(ended.is_none(), "the node ended: {ended:?}\n{}", log());
            assert!(Instant::now() < end, "the node was not ready in time\n{}", log());
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Home of the commands that find this node by its admin socket.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// A field of the ready file.
    pub fn field(&self, name: &str) -> &str {
        self.ready[name].as_str().unwrap_or_else(|| panic!("no {name} in {}", self.ready))
    }

    /// URL of the management API.
    pub fn url(&self, credentials: &str) -> String {
        format!("http://{credentials}@{}", self.field("http"))
    }

    /// Runs `warrenctl` against this node.
    pub fn run(&self, words: &[&str]) -> Ran {
        ctl::run(self.home(), words)
    }

    /// Runs `warrenctl`, which must succeed, and gives its standard output.
    pub fn must(&self, words: &[&str]) -> String {
        let ran = self.run(words);
        assert_eq!(ran.code, Some(0), "{words:?}: {ran:?}");
        ran.stdout
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
