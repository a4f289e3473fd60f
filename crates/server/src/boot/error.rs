//! Why a server cannot start, in words that say what to do.

use std::io;
use std::path::PathBuf;

use crate::config::ConfigError;

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
    /// The data directory cannot be created or written.
    #[error("cannot write to the data directory {}: {source}; name another with --data-dir", path.display())]
    DataDir {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another server runs on the data directory.
    #[error("the data directory {} is in use by {holder}; stop it with 'warrenctl stop', or name another directory with --data-dir", path.display())]
    DataDirLocked {
        /// The directory.
        path: PathBuf,
        /// Who holds it, as far as is known.
        holder: String,
    },
    /// Another program listens on the port.
    #[error(
        "port {port} is taken: something else listens on {address} ({what}); choose another with {option} HOST:PORT or '{key}' in the configuration file"
    )]
    PortTaken {
        /// What was to listen there.
        what: &'static str,
        /// The address that was asked for.
        address: String,
        /// Its port.
        port: u16,
        /// The option that changes it.
        option: &'static str,
        /// The configuration key that changes it.
        key: &'static str,
    },
    /// The address cannot be bound for another reason.
    #[error(
        "cannot listen on {address} ({what}): {source}; choose another with {option} HOST:PORT or '{key}' in the configuration file"
    )]
    Listen {
        /// What was to listen there.
        what: &'static str,
        /// The address that was asked for.
        address: String,
        /// The option that changes it.
        option: &'static str,
        /// The configuration key that changes it.
        key: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The admin socket's path does not fit into a socket address.
    #[error("the admin socket's path has {length} bytes, and Unix sockets allow {limit}: {}; name a shorter one with --socket", path.display())]
    SocketPathTooLong {
        /// The path.
        path: PathBuf,
        /// Its length in bytes.
        length: usize,
        /// The longest that is possible.
        limit: usize,
    },
    /// Something that is no dead server's socket lies at the admin socket's path.
    #[error("cannot create the admin socket {}: {problem}; name another with --socket", path.display())]
    SocketOccupied {
        /// The path.
        path: PathBuf,
        /// What lies there.
        problem: &'static str,
    },
    /// The admin socket cannot be created.
    #[error("cannot create the admin socket {}: {source}; name another with --socket", path.display())]
    Socket {
        /// The path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
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
