//! Why a server cannot start, in words that say what to do.

use std::io;
use std::path::PathBuf;

use crate::config::ConfigError;
use crate::node::datadir::DataDirError;
use crate::transport::ListenError;

/// A start that failed. Nothing runs after it; what it had created is gone.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The configuration file cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An address on the command line is none.
    #[error("{option} {value}: {problem}; write HOST:PORT, for example 127.0.0.1:5672")]
    BadAddress {
        /// The option.
        option: &'static str,
        /// What was written.
        value: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Neither option nor environment say where data goes.
    #[error("no data directory: neither XDG_DATA_HOME nor HOME is set; name one with --data-dir")]
    NoDataDir,
    /// A path cannot be made absolute.
    #[error("cannot use the path '{}': {source}", path.display())]
    Path {
        /// The path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The data directory cannot be used.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    /// Nothing can be accepted at an address.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The ready file cannot be written.
    #[error("cannot write the ready file {}: {source}; name another with --ready-file", path.display())]
    ReadyFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The store cannot be opened, or fails.
    #[error(transparent)]
    Store(#[from] warren_store::StoreError),
    /// The first user cannot be created.
    #[error(
        "cannot create the default user: {0}; correct 'default_user' and 'default_permissions' in the configuration file"
    )]
    Defaults(String),
    /// The log file cannot be opened.
    #[error("cannot open the log file {}: {source}; change 'log.file' or 'log.dir' in the configuration file", path.display())]
    LogFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The operating system refuses threads, signals or timers.
    #[error("cannot start: {0}")]
    Runtime(io::Error),
}
