//! The broker under test: a server process of the test's own, or a virtual host on a broker that runs already.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

use super::ctl::Ran;
use super::environment::skip;
use super::http::{self, Answer};
use super::process::{Server, isolated};
use super::wait::eventually;

/// A broker that answers, and how to reach it.
pub struct Broker {
    place: Place,
    /// `HOST:PORT` of its AMQP listener.
    pub amqp: String,
    /// `HOST:PORT` of its HTTP listener.
    pub http: String,
    /// The virtual host that the test works in.
    pub vhost: String,
}

enum Place {
    /// A process of this test alone.
    Own(Server),
    /// A broker that the environment names; the test has a virtual host of its own there.
    Elsewhere { home: TempDir, ctl: Option<String> },
}

/// The user that everything is done as, unless a test says otherwise.
const GUEST: (&str, &str) = ("guest", "guest");

impl Broker {
    /// A broker with nothing in it.
    pub fn start() -> Self {
        match std::env::var("WARREN_TEST_AMQP_URI") {
            Ok(uri) => Self::elsewhere(&uri),
            Err(_) => Self::own(None),
        }
    }

    /// A broker that runs with this configuration: a process of the test's own, or the one that the environment names
    /// if it has every line of it. `None` (and a printed reason) if it has not.
    pub fn start_configured(config: &str) -> Option<Self> {
        let given =
            std::env::var("WARREN_TEST_CONFIG").ok().map(|path| std::fs::read_to_string(path).unwrap());
        let has =
            |line: &str| given.iter().flat_map(|text| text.lines()).any(|other| other.trim() == line.trim());
        if std::env::var("WARREN_TEST_AMQP_URI").is_ok() && config.lines().all(has) {
            return Some(Self::start());
        }
        Self::start_own(Some(config))
    }

    /// A broker in a process of the test's own, for tests that stop, restart or configure it. `None` (and a printed
    /// reason) when the tests run against a broker that is not theirs.
    pub fn start_own(config: Option<&str>) -> Option<Self> {
        if std::env::var("WARREN_TEST_AMQP_URI").is_ok() {
            skip("needs a server of its own, which WARREN_TEST_AMQP_URI rules out", false);
            return None;
        }
        Some(Self::own(config))
    }

    fn own(config: Option<&str>) -> Self {
        let server = Server::start(config);
        let (amqp, http) = (server.amqp.clone(), server.http.clone());
        Self { place: Place::Own(server), amqp, http, vhost: "/".into() }
    }

    fn elsewhere(uri: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let amqp = authority(uri, "amqp");
        let http = authority(&std::env::var("WARREN_TEST_HTTP_URI").expect("WARREN_TEST_HTTP_URI"), "http");
        let vhost = format!("it-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let home = tempfile::tempdir().unwrap();
        let ctl = std::env::var("WARREN_TEST_CTL").ok();
        let broker = Self { place: Place::Elsewhere { home, ctl }, amqp, http, vhost };
        broker.put(&format!("/api/vhosts/{}", http::segment(&broker.vhost)), "{}");
        broker.permit("guest");
        broker
    }

    /// Adds a user with all permissions on the test's virtual host.
    pub fn add_administrator(&self, name: &str, password: &str) {
        let body = format!(r#"{{"password":"{password}","tags":"administrator"}}"#);
        self.put(&format!("/api/users/{}", http::segment(name)), &body);
        self.permit(name);
    }

    /// Adds a user without tags and with the password `secret`, if it is not there, and sets its permissions on the test's
    /// virtual host.
    pub fn permit_user(&self, name: &str, configure: &str, write: &str, read: &str) {
        self.put(&format!("/api/users/{}", http::segment(name)), r#"{"password":"secret","tags":""}"#);
        self.set_permissions(name, configure, write, read);
    }

    fn permit(&self, user: &str) {
        self.set_permissions(user, ".*", ".*", ".*");
    }

    fn set_permissions(&self, user: &str, configure: &str, write: &str, read: &str) {
        let path = format!("/api/permissions/{}/{}", http::segment(&self.vhost), http::segment(user));
        let body = serde_json::json!({"configure": configure, "write": write, "read": read});
        self.put(&path, &body.to_string());
    }

    #[track_caller]
    fn put(&self, path: &str, body: &str) {
        let answer = self.http("PUT", path, body);
        assert!(matches!(answer.status, 201 | 204), "PUT {path}: {} {}", answer.status, answer.body);
    }

    /// One request to the HTTP API, as guest.
    pub fn http(&self, method: &str, path: &str, body: &str) -> Answer {
        self.http_as(GUEST, method, path, body)
    }

    /// One request to the HTTP API, as the user given.
    pub fn http_as(&self, user: (&str, &str), method: &str, path: &str, body: &str) -> Answer {
        http::request(&self.http, user, method, path, body)
    }

    /// Whether it permits a deprecated feature of RabbitMQ's. It is said when not, for a test that ends then.
    pub fn permits(&self, feature: &str) -> bool {
        let listed = self.http("GET", "/api/deprecated-features", "").body;
        let listed: serde_json::Value = serde_json::from_str(&listed).expect("deprecated features");
        let is_denied = |found: &serde_json::Value| found["name"] == feature && found["state"] == "denied";
        let denied = listed.as_array().is_some_and(|features| features.iter().any(is_denied));
        if denied {
            skip(&format!("this broker denies {feature}"), false);
        }
        !denied
    }

    /// Whether the broker is a `warrenctl server` of the test's own.
    pub fn is_own(&self) -> bool {
        matches!(self.place, Place::Own(_))
    }

    /// The address as clients take it, with guest's credentials and the test's virtual host.
    pub fn uri(&self) -> String {
        format!("amqp://guest:guest@{}/{}", self.amqp, http::segment(&self.vhost))
    }

    /// The server process; the test must have started it with [`Broker::start_own`].
    pub fn server(&mut self) -> &mut Server {
        match &mut self.place {
            Place::Own(server) => server,
            Place::Elsewhere { .. } => panic!("this broker is not the test's own"),
        }
    }

    /// Ends the server the hard way and starts it again on the same data.
    pub fn crash_and_restart(&mut self) {
        self.server().kill();
        self.start_again();
    }

    /// Asks the server to stop, waits for its end, and starts it again on the same data.
    pub fn stop_and_restart(&mut self) {
        self.ctl(&["stop"]).ok();
        assert_eq!(self.server().await_exit(), Some(0), "exit code of the server");
        self.start_again();
    }

    /// Starts a server that has ended again on the same data.
    pub fn start_again(&mut self) {
        let server = self.server();
        server.start_again();
        (self.amqp, self.http) = (self.server().amqp.clone(), self.server().http.clone());
    }

    /// A folder that is the home of the programs that run for this test.
    pub fn home(&self) -> &Path {
        match &self.place {
            Place::Own(server) => server.folder(),
            Place::Elsewhere { home, .. } => home.path(),
        }
    }

    /// A `warrenctl` command line for this broker, not yet run.
    pub fn ctl_command(&self, arguments: &[&str]) -> Command {
        let (program, before, node) = match &self.place {
            Place::Elsewhere { ctl: Some(ctl), .. } => {
                let mut words = ctl.split_whitespace().map(str::to_owned);
                (words.next().expect("WARREN_TEST_CTL"), words.collect(), None)
            }
            Place::Elsewhere { .. } => {
                (warrenctl(), Vec::new(), Some(format!("http://guest:guest@{}", self.http)))
            }
            Place::Own(server) => (warrenctl(), Vec::new(), Some(format!("unix://{}", server.socket))),
        };
        let mut command = isolated(&program, self.home());
        command.args(before).args(arguments);
        if self.vhost != "/" {
            command.args(["-p", &self.vhost]);
        }
        if let Some(node) = node {
            command.env("WARREN_NODE", node);
        }
        command
    }

    /// Runs `warrenctl` against this broker with nothing on its standard input.
    pub fn ctl(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.ctl_command(arguments), "")
    }

    /// Waits until a listing shows exactly these lines: the header first, then the rows in any order. In a listing whose
    /// first column is `vhost` only the rows of the test's own virtual host count, which is written `/` in `expected`.
    #[track_caller]
    pub fn shows(&self, listing: &[&str], expected: &[&str]) {
        let arguments = [listing, &["-q"]].concat();
        let by_vhost = listing.get(1) == Some(&"vhost");
        let here = format!("{}\t", self.vhost);
        let mut wanted: Vec<String> = expected.iter().map(|line| (*line).to_owned()).collect();
        for row in wanted.iter_mut().skip(1).filter(|_| by_vhost) {
            *row = row.replacen("/\t", &here, 1);
        }
        wanted.get_mut(1..).unwrap_or_default().sort_unstable();
        eventually(&listing.join(" "), || {
            let printed = self.ctl(&arguments).ok();
            let mut lines: Vec<&str> = printed.lines().take(1).collect();
            lines.extend(printed.lines().skip(1).filter(|row| !by_vhost || row.starts_with(&here)));
            lines.get_mut(1..).unwrap_or_default().sort_unstable();
            if lines == wanted { Ok(()) } else { Err(format!("\nprinted {lines:#?}\nexpected {wanted:#?}")) }
        });
    }

    /// Waits until `list_queues name messages_ready messages_unacknowledged` shows these rows.
    #[track_caller]
    pub fn shows_queues(&self, rows: &[(&str, u32, u32)]) {
        let rows: Vec<String> =
            rows.iter().map(|(name, ready, un)| format!("{name}\t{ready}\t{un}")).collect();
        let mut lines = vec!["name\tmessages_ready\tmessages_unacknowledged"];
        lines.extend(rows.iter().map(String::as_str));
        self.shows(&["list_queues", "name", "messages_ready", "messages_unacknowledged"], &lines);
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        if matches!(self.place, Place::Elsewhere { .. }) {
            self.http("DELETE", &format!("/api/vhosts/{}", http::segment(&self.vhost)), "");
        }
    }
}

/// Path of the program under test.
fn warrenctl() -> String {
    PathBuf::from(env!("CARGO_BIN_EXE_warrenctl")).display().to_string()
}

/// `HOST:PORT` out of a URI of the given scheme.
fn authority(uri: &str, scheme: &str) -> String {
    let rest = uri.strip_prefix(&format!("{scheme}://")).unwrap_or_else(|| panic!("{uri}: not {scheme}://"));
    let authority = rest.split('/').next().unwrap_or(rest);
    authority.rsplit('@').next().unwrap_or(authority).to_owned()
}
