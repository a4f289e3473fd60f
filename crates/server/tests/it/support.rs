//! A server in this process on free ports, and an HTTP client that leaves nothing out.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tempfile::TempDir;
use warren_server::{ServerError, ServerOptions};

use crate::amqp::Amqp;

/// A running server; it is shut down when this is dropped.
pub struct Server {
    pub dir: TempDir,
    pub ready: Value,
    thread: Option<JoinHandle<Result<(), ServerError>>>,
}

impl Server {
    pub fn start() -> Self {
        Self::start_with("")
    }

    /// Starts a server with this configuration file.
    pub fn start_with(config: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("warren.conf");
        std::fs::write(&file, format!("log.console = false\n{config}")).unwrap();
        let options = Self::options(&dir);
        let thread = std::thread::spawn(move || warren_server::run(options));
        let ready_file = dir.path().join("ready.json");
        let ready = await_ready(&ready_file, &thread);
        Self { dir, ready, thread: Some(thread) }
    }

    pub fn options(dir: &TempDir) -> ServerOptions {
        ServerOptions {
            data_dir: Some(dir.path().join("data")),
            config: Some(dir.path().join("warren.conf")),
            amqp: Some("127.0.0.1:0".into()),
            http: Some("127.0.0.1:0".into()),
            socket: None,
            ready_file: Some(dir.path().join("ready.json")),
            salvage: false,
        }
    }

    /// Ends the server and starts another on the same data.
    pub fn restart(mut self) -> Self {
        self.stop();
        let options = Self::options(&self.dir);
        let thread = std::thread::spawn(move || warren_server::run(options));
        self.ready = await_ready(&self.dir.path().join("ready.json"), &thread);
        self.thread = Some(thread);
        self
    }

    fn stop(&mut self) {
        if let Some(thread) = self.thread.take() {
            assert_eq!(self.admin("POST", "/api/warren/shutdown", None).status, 204);
            thread.join().unwrap().unwrap();
        }
    }

    /// Requests over the admin socket.
    pub fn admin(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let stream = UnixStream::connect(self.socket()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        exchange(stream, &request(method, path, &[], body))
    }

    /// Requests over TCP, with more headers.
    pub fn tcp(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<Value>) -> Answer {
        exchange(self.connect(), &request(method, path, headers, body))
    }

    /// Requests over TCP, with a user's credentials.
    pub fn user(&self, name: &str, password: &str, method: &str, path: &str, body: Option<Value>) -> Answer {
        let credentials = STANDARD.encode(format!("{name}:{password}"));
        self.tcp(method, path, &[("authorization", &format!("Basic {credentials}"))], body)
    }

    /// Requests as an administrator over TCP, and wants this status.
    #[track_caller]
    pub fn guest(&self, method: &str, path: &str, body: Option<Value>, status: u16) -> Value {
        let answer = self.user("guest", "guest", method, path, body);
        assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
        answer.body
    }

    /// An AMQP connection of the user guest to the virtual host `/`.
    pub fn amqp(&self, name: &str) -> Amqp {
        Amqp::connect(self.ready["amqp"].as_str().unwrap(), "guest", "/", name)
    }

    /// Asks until the answer is as wished: what happens on another connection is seen a little later.
    #[track_caller]
    pub fn eventually(&self, path: &str, wished: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let body = self.guest("GET", path, None, 200);
            if wished(&body) {
                return body;
            }
            assert!(Instant::now() < deadline, "{path} stays {body}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.ready["http"].as_str().unwrap()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    pub fn socket(&self) -> PathBuf {
        self.ready["socket"].as_str().unwrap().into()
    }

    /// Waits for the end that somebody asked for.
    pub fn ended(mut self) -> Result<(), ServerError> {
        self.thread.take().unwrap().join().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A test that fails already shall not abort the process by failing again here.
        if !std::thread::panicking() {
            self.stop();
        }
    }
}

fn await_ready(file: &std::path::Path, thread: &JoinHandle<Result<(), ServerError>>) -> Value {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        if let Ok(text) = std::fs::read(file) {
            return serde_json::from_slice(&text).unwrap();
        }
        assert!(!thread.is_finished(), "the server ended before it was ready");
        assert!(Instant::now() < deadline, "the server was not ready in time");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// An HTTP answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Value,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let named = |line: &'_ &str| line.split(':').next().is_some_and(|n| n.eq_ignore_ascii_case(name));
        self.head.lines().find(named).and_then(|line| line.split_once(':')).map(|(_, value)| value.trim())
    }
}

pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: Option<Value>) -> Vec<u8> {
    let body = body.map(|body| body.to_string()).unwrap_or_default();
    let mut head = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    format!("{head}\r\n{body}").into_bytes()
}

/// Sends bytes and reads what comes back to its end.
pub fn exchange_text(mut stream: impl Read + Write, bytes: &[u8]) -> String {
    stream.write_all(bytes).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8(answer).unwrap()
}

/// Sends one request and reads its answer to its end.
pub fn exchange(stream: impl Read + Write, bytes: &[u8]) -> Answer {
    let answer = exchange_text(stream, bytes);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer but {answer:?}"));
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap();
    let body = if body.is_empty() { Value::Null } else { serde_json::from_str(body).unwrap() };
    Answer { status, head: head.to_owned(), body }
}
