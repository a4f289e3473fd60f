//! Whole runs as text: the command, both streams, the exit code. What differs from run to run is written by its name.

use crate::ctl::Ran;
use crate::node::Node;

/// Collects runs.
pub struct Transcript<'a> {
    node: &'a Node,
    names: Vec<(String, String)>,
    text: String,
}

impl<'a> Transcript<'a> {
    /// An empty one for a node.
    pub fn new(node: &'a Node) -> Self {
        Self { node, names: Vec::new(), text: String::new() }
    }

    /// Writes a name for a text that differs from run to run.
    pub fn naming(mut self, text: &str, name: &str) -> Self {
        self.names.push((text.to_owned(), name.to_owned()));
        self
    }

    /// Runs a command, its words separated by blanks.
    pub fn run(mut self, line: &str) -> Self {
        let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
        let ran = self.node.run(&words);
        self.add(line, &ran);
        self
    }

    /// Runs a command in every format, and with each of `--quiet` and `--silent`.
    pub fn in_every_format(mut self, line: &str) -> Self {
        for options in [
            "",
            " --quiet",
            " --silent",
            " --no-table-headers",
            " --formatter pretty_table",
            " --formatter json",
            " --formatter csv",
            " --formatter tsv",
        ] {
            self = self.run(&format!("{line}{options}"));
        }
        self
    }

    fn add(&mut self, line: &str, ran: &Ran) {
        self.text.push_str(&format!("$ warrenctl {line}\n"));
        for (stream, text) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
            if !text.is_empty() {
                let end = if text.ends_with('\n') { "" } else { "(no newline at end)\n" };
                self.text.push_str(&format!("[{stream}]\n{text}{end}"));
            }
        }
        self.text
            .push_str(&format!("[exit {}]\n\n", ran.code.map_or("signal".into(), |code| code.to_string())));
    }

    /// The text, with the node's name, addresses and directory replaced.
    pub fn text(self) -> String {
        let port = |field: &str| self.node.field(field).rsplit(':').next().unwrap_or_default().to_owned();
        let mut names = self.names;
        names.push((self.node.home().to_str().unwrap().to_owned(), "HOME".into()));
        names.push((self.node.field("node").to_owned(), "warren@HOST".into()));
        names.push((port("amqp"), "APORT".into()));
        names.push((port("http"), "HPORT".into()));
        names.into_iter().fold(self.text, |text, (from, to)| text.replace(&from, &to))
    }
}
