//! What the command line and the environment decide, before the configuration file.

use std::path::{Path, PathBuf};

use super::ServerError;
use crate::config::{self, ListenAddress, Settings};

/// The options of `warrenctl server`. What is `None` comes from the configuration file, else from the defaults.
#[derive(Debug, Clone, Default)]
pub struct ServerOptions {
    /// Where everything durable lies; else `$XDG_DATA_HOME/warren` or `$HOME/.local/share/warren`.
    pub data_dir: Option<PathBuf>,
    /// The configuration file; else `warren.conf` in the data directory, if there is one.
    pub config: Option<PathBuf>,
    /// `HOST:PORT` of the AMQP listener; replaces all of `listeners.tcp`.
    pub amqp: Option<String>,
    /// `HOST:PORT` of the HTTP listener; replaces `management.tcp.ip` and `management.tcp.port`.
    pub http: Option<String>,
    /// Path of the admin socket; else `admin.sock` in the data directory.
    pub socket: Option<PathBuf>,
    /// A file that receives the real addresses as JSON once both listeners answer.
    pub ready_file: Option<PathBuf>,
    /// CcBcc damaged files of the store aside and starts with the rest, instead of refusing to start.
    pub salvage: bool,
}

/// Options and configuration file together: what this run does.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The data directory.
    pub data_dir: PathBuf,
    /// The configuration file that was read.
    pub config: Option<PathBuf>,
    /// The admin socket.
    pub socket: PathBuf,
    /// The ready file.
    pub ready_file: Option<PathBuf>,
    /// Whether damaged files are left out.
    pub salvage: bool,
    /// The settings, with the options' addresses in them.
    pub settings: Settings,
}

impl ServerOptions {
    /// Reads the configuration file and puts the options over it.
    pub fn plan(self) -> Result<Plan, ServerError> {
        let data_dir = match self.data_dir {
            Some(dir) => dir,
            None => default_data_dir()?,
        };
        let data_dir = absolute(&data_dir)?;
        let config = self.config.or_else(|| Some(data_dir.join("warren.conf")).filter(|file| file.exists()));
        let mut settings = match &config {
            Some(file) => config::read(file)?,
            None => Settings::default(),
        };
        if let Some(text) = self.amqp {
            settings.amqp_listeners = vec![option_address("--amqp", &text)?];
        }
        if let Some(text) = self.http {
            let address = option_address("--http", &text)?;
            settings.http_host = address.host.unwrap_or_else(|| "::".into());
            settings.http_port = address.port;
        }
        let socket = match self.socket {
            Some(path) => absolute(&path)?,
            None => data_dir.join("admin.sock"),
        };
        let config = config.map(|file| absolute(&file)).transpose()?;
        let ready_file = self.ready_file.map(|file| absolute(&file)).transpose()?;
        Ok(Plan { data_dir, config, socket, ready_file, salvage: self.salvage, settings })
    }
}

/// Where data lies when nobody says otherwise (<https://specifications.freedesktop.org/basedir-spec/latest/>).
fn default_data_dir() -> Result<PathBuf, ServerError> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    // A relative $XDG_DATA_HOME is to be ignored.
    let xdg = set("XDG_DATA_HOME").filter(|dir| dir.is_absolute());
    let base = xdg.or_else(|| set("HOME").map(|home| home.join(".local/share")));
    base.map(|base| base.join("warren")).ok_or(ServerError::NoDataDir)
}

fn absolute(path: &Path) -> Result<PathBuf, ServerError> {
    std::path::absolute(path).map_err(|source| ServerError::Path { path: path.to_owned(), source })
}

fn option_address(option: &'static str, text: &str) -> Result<ListenAddress, ServerError> {
    text.parse().map_err(|problem| ServerError::BadAddress { option, value: text.to_owned(), problem })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_win_over_the_file() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(
            dir.path().join("warren.conf"),
            "listeners.tcp.1 = 127.0.0.1:1\nmanagement.tcp.port = 2\nheartbeat = 7",
        )
        .unwrap();
        let options = ServerOptions { data_dir: Some(dir.path().into()), ..ServerOptions::default() };
        let plan = options.clone().plan().unwrap();
        assert_eq!(plan.settings.amqp_listeners[0].to_string(), "127.0.0.1:1");
        assert_eq!((plan.settings.http_port, plan.settings.amqp.heartbeat), (2, 7));
        assert_eq!(plan.socket, dir.path().join("admin.sock"));

        let options =
            ServerOptions { amqp: Some("127.0.0.1:3".into()), http: Some("[::1]:4".into()), ..options };
        let plan = options.plan().unwrap();
        assert_eq!(plan.settings.amqp_listeners, [ListenAddress::loopback(3)]);
        assert_eq!((plan.settings.http_host.as_str(), plan.settings.http_port), ("::1", 4));
        assert_eq!(plan.settings.amqp.heartbeat, 7);
    }

    #[test]
    fn a_bad_option_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let options = ServerOptions {
            data_dir: Some(dir.path().into()),
            amqp: Some("127.0.0.1:http".into()),
            ..ServerOptions::default()
        };
        let error = options.plan().unwrap_err().to_string();
        assert!(error.contains("--amqp") && error.contains("'http'"), "{error}");
    }

    #[test]
    fn a_named_file_must_exist() {
        let dir = tempfile::tempdir().unwrap();
        let options = ServerOptions {
            data_dir: Some(dir.path().into()),
            config: Some(dir.path().join("no.conf")),
            ..ServerOptions::default()
        };
        assert!(options.plan().unwrap_err().to_string().contains("no.conf"));
    }
}
