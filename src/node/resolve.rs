//! Finds the node: `--node`, the environment, the configuration file, the local admin socket, the usual port.

use std::os::unix::net::UnixStream;

use super::address::{Address, Target};
use super::config_file::ConfigFile;
use super::data_dir::{admin_socket, config_file};
use crate::failure::{Failure, Kind, Result};

/// The node that a command talks to.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where it answers.
    pub address: Address,
    /// User and password; none on an admin socket.
    pub credentials: Option<(String, String)>,
    /// The vhost that its profile names.
    pub vhost: Option<String>,
    /// What was tried before, and why it was not taken.
    pub tried: Option<String>,
}

/// The credentials that a new node has and that are good from this machine only.
fn default_credentials() -> (String, String) {
    ("guest".into(), "guest".into())
}

/// Finds the node that `named` (from `--node` or `WARREN_NODE`) means; without a name the one that is there.
pub fn resolve(named: Option<&str>) -> Result<Node> {
    match named {
        Some(url) if url.contains("://") => from_target(Target::parse(url)?),
        Some(alias) => from_alias(&read_config()?, alias),
        None => {
            let file = read_config()?;
            match file.default.as_deref() {
                Some(alias) => from_alias(&file, alias),
                None => Ok(local()),
            }
        }
    }
}

fn read_config() -> Result<ConfigFile> {
    match config_file() {
        Some(path) => ConfigFile::read(&path),
        None => Ok(ConfigFile::default()),
    }
}

fn from_target(target: Target) -> Result<Node> {
    let credentials = match target.address {
        Address::Unix(_) => None,
        Address::Http(_) => Some(target.credentials.unwrap_or_else(default_credentials)),
    };
    Ok(Node { address: target.address, credentials, vhost: None, tried: None })
}

fn from_alias(file: &ConfigFile, alias: &str) -> Result<Node> {
    let Some(profile) = file.profile(alias) else {
        let known: Vec<&str> = file.nodes.keys().map(String::as_str).collect();
        let known =
            if known.is_empty() { "it names none".into() } else { format!("it names {}", known.join(", ")) };
        let path = config_file().map(|path| path.display().to_string()).unwrap_or_default();
        return Err(Failure::new(
            Kind::BadNode,
            format!("'{alias}' is neither a URL nor an alias in the configuration file {path} ({known})"),
        )
        .with_hint("Write --node http://USER:PASSWORD@HOST:PORT or --node unix:///PATH/admin.sock."));
    };
    let target = Target::parse(&profile.url)?;
    let mut node = from_target(target)?;
    if let Some((username, password)) = &mut node.credentials {
        if let Some(own) = &profile.username {
            own.clone_into(username);
        }
        if let Some(own) = &profile.password {
            own.clone_into(password);
        }
    }
    node.vhost.clone_from(&profile.vhost);
    Ok(node)
}

/// The admin socket if something answers there, else the usual port.
fn local() -> Node {
    let tried = match admin_socket() {
        None => None,
        Some(path) => match UnixStream::connect(&path) {
            Ok(_) => {
                return Node { address: Address::Unix(path), credentials: None, vhost: None, tried: None };
            }
            Err(error) => Some(format!("the admin socket {}: {}", path.display(), reason(&error))),
        },
    };
    Node { address: Address::local_http(), credentials: Some(default_credentials()), vhost: None, tried }
}

/// What the operating system says, without its number.
fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> ConfigFile {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn a_profile_wins_over_its_url() {
        let file = file("[nodes.a]\nurl = \"http://u:p@h\"\npassword = \"q\"\nvhost = \"v\"");
        let node = from_alias(&file, "a").unwrap();
        assert_eq!(node.credentials, Some(("u".into(), "q".into())));
        assert_eq!(node.vhost.as_deref(), Some("v"));
    }

    #[test]
    fn an_unknown_alias_lists_the_known_ones() {
        let file = file("[nodes.a]\nurl = \"http://h\"\n[nodes.b]\nurl = \"http://h\"");
        let message = from_alias(&file, "rabbit@host").unwrap_err().to_string();
        assert!(message.contains("rabbit@host") && message.contains("a, b"), "{message}");
    }

    #[test]
    fn a_url_without_credentials_is_the_guest() {
        assert_eq!(resolve(Some("http://h")).unwrap().credentials, Some(default_credentials()));
        assert_eq!(resolve(Some("unix:///s")).unwrap().credentials, None);
    }
}
