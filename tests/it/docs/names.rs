//! The names of the installation that pages show, in place of those of the node under test.

use std::fs;
use std::path::{Path, PathBuf};

/// What a page calls the reader's home.
const HOME: &str = "/home/me";

/// The ports of a usual installation: AMQP, and the HTTP API.
const PORTS: [(&str, &str); 2] = [("amqp", "5672"), ("http", "15672")];

/// The reader's home and the node in it.
pub struct Names {
    home: PathBuf,
    /// Names in use: what the page says, and what it really is. Those of a node that has ended stay good.
    known: Vec<(String, String)>,
}

impl Names {
    /// The names of the node whose data lie in this home.
    pub fn new(home: &Path) -> Self {
        let known = vec![(HOME.to_owned(), home.display().to_string())];
        Self { home: home.to_owned(), known }
    }

    /// What the node told when it was ready; `None` while none runs.
    pub fn ready(&self) -> Option<serde_json::Value> {
        let text = fs::read(self.home.join(".local/share/warren/ready.json")).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// A command of a page for the node that runs.
    pub fn real(&mut self, command: &str) -> String {
        self.learn();
        self.known.iter().fold(command.to_owned(), |text, (shown, real)| replace(&text, shown, real))
    }

    /// What was printed, as a page shows it.
    pub fn shown(&mut self, printed: &str) -> String {
        self.learn();
        self.known.iter().fold(printed.to_owned(), |text, (shown, real)| replace(&text, real, shown))
    }

    /// The names of the node that runs now come before those of earlier ones.
    fn learn(&mut self) {
        let Some(ready) = self.ready() else { return };
        let mut names = Vec::new();
        for (key, shown) in PORTS {
            let port = ready[key].as_str().and_then(|address| address.rsplit(':').next());
            names.extend(port.map(|port| (shown.to_owned(), port.to_owned())));
        }
        let node = ready["node"].as_str().map(|node| ("warren@myhost".to_owned(), node.to_owned()));
        names.extend(node);
        self.known.retain(|known| !names.contains(known));
        self.known.splice(0..0, names);
    }
}

/// Replaces whole words: a port is not found inside another number.
fn replace(text: &str, from: &str, to: &str) -> String {
    let mut replaced = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(from) {
        let (before, after) = (&rest[..at], &rest[at + from.len()..]);
        let inside = before.ends_with(|last: char| last.is_ascii_alphanumeric())
            || after.starts_with(|next: char| next.is_ascii_alphanumeric());
        replaced.push_str(before);
        replaced.push_str(if inside { from } else { to });
        rest = after;
    }
    replaced + rest
}

#[test]
fn a_port_is_a_word() {
    assert_eq!(replace("127.0.0.1:5672, 15672, 56720 5672", "5672", "1"), "127.0.0.1:1, 15672, 56720 1");
}
