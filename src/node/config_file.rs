//! The command line's configuration file: names for nodes, with their credentials.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde::Deserialize;

use crate::failure::{Failure, Kind, Result};

/// The file.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConfigFile {
    /// The alias to use when nothing else names a node.
    pub default: Option<String>,
    /// Nodes by alias.
    pub nodes: BTreeMap<String, Profile>,
}

/// One node of the file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its URL, as `--node` takes it.
    pub url: String,
    /// The user; wins over one in the URL.
    pub username: Option<String>,
    /// The password; wins over one in the URL.
    pub password: Option<String>,
    /// The vhost to use without `--vhost`.
    pub vhost: Option<String>,
}

impl ConfigFile {
    /// Reads the file; one that does not exist is empty.
    pub fn read(path: &Path) -> Result<Self> {
        let failed = |problem: String| {
            Failure::new(Kind::Config, format!("cannot use the configuration file {}: {problem}", path.display()))
                .with_hint("It holds: default = \"ALIAS\" and, for each alias, [nodes.ALIAS] with url, username, password, vhost.")
        };
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(failed(error.to_string())),
        };
        toml::from_str(&text).map_err(|error| {
            let line = error.span().map(|span| 1 + text[..span.start.min(text.len())].matches('\n').count());
            let place = line.map(|line| format!("line {line}: ")).unwrap_or_default();
            failed(format!("{place}{}", error.message()))
        })
    }

    /// The node with this alias.
    pub fn profile(&self, alias: &str) -> Option<&Profile> {
        self.nodes.get(alias)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ConfigFile> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.toml");
        fs::write(&path, text).unwrap();
        ConfigFile::read(&path)
    }

    #[test]
    fn nodes_have_names() {
        let file = read("default = \"a\"\n[nodes.a]\nurl = \"http://h\"\nvhost = \"v\"\n").unwrap();
        assert_eq!(file.default.as_deref(), Some("a"));
        assert_eq!(file.profile("a").unwrap().vhost.as_deref(), Some("v"));
    }

    #[test]
    fn a_wrong_key_is_named_with_its_line() {
        let message = read("[nodes.a]\nurl = \"http://h\"\npasword = \"x\"\n").unwrap_err().to_string();
        assert!(message.contains("line 3") && message.contains("pasword"), "{message}");
    }

    #[test]
    fn no_file_is_an_empty_file() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(ConfigFile::read(&dir.path().join("no.toml")).unwrap(), ConfigFile::default());
    }
}
