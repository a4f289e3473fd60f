//! Options of a node that is to run; the same for `server` and `start`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

/// Options of a node that is to run.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Node options")]
pub struct NodeOptions {
    /// Directory for all that the node keeps [default: $XDG_DATA_HOME/warren, else ~/.local/share/warren]
    #[arg(long, env = "WARREN_DATA_DIR", hide_env_values = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Configuration file in rabbitmq.conf's format [default: warren.conf in the data directory, if it is there]
    #[arg(long, env = "WARREN_CONFIG", hide_env_values = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where AMQP clients connect; port 0 takes a free one [default: 127.0.0.1:5672]
    #[arg(long, env = "WARREN_AMQP", hide_env_values = true, value_name = "HOST:PORT")]
    pub amqp: Option<String>,
    /// Where the management API answers; port 0 takes a free one [default: 127.0.0.1:15672]
    #[arg(long, env = "WARREN_HTTP", hide_env_values = true, value_name = "HOST:PORT")]
    pub http: Option<String>,
    /// Path of the admin socket [default: admin.sock in the data directory]
    #[arg(long, env = "WARREN_SOCKET", hide_env_values = true, value_name = "PATH")]
    pub socket: Option<PathBuf>,
    /// File that receives the real addresses and the process id as JSON once both listeners answer
    #[arg(long, env = "WARREN_READY_FILE", hide_env_values = true, value_name = "FILE")]
    pub ready_file: Option<PathBuf>,
    /// Copy damaged files aside and start with the rest; what is left out is listed in the log
    #[arg(long)]
    pub salvage: bool,
}

impl NodeOptions {
    /// The options as words of a command line.
    pub fn words(&self) -> Vec<OsString> {
        let paths = [
            ("--data-dir", &self.data_dir),
            ("--config", &self.config),
            ("--socket", &self.socket),
            ("--ready-file", &self.ready_file),
        ];
        let addresses = [("--amqp", &self.amqp), ("--http", &self.http)];
        let paths = paths.into_iter().filter_map(|(name, path)| Some((name, path.clone()?.into_os_string())));
        let addresses =
            addresses.into_iter().filter_map(|(name, text)| Some((name, OsString::from(text.clone()?))));
        let valued = paths.chain(addresses).flat_map(|(name, value)| [OsString::from(name), value]);
        valued.chain(self.salvage.then(|| "--salvage".into())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_become_words_and_words_options() {
        let options = NodeOptions {
            data_dir: Some("/d".into()),
            amqp: Some("127.0.0.1:0".into()),
            ready_file: Some("/r".into()),
            salvage: true,
            ..NodeOptions::default()
        };
        let words = ["--data-dir", "/d", "--ready-file", "/r", "--amqp", "127.0.0.1:0", "--salvage"];
        assert_eq!(options.words(), words);
    }
}
