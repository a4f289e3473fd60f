//! What can be wrong with a configuration file.

use std::io;
use std::path::PathBuf;

/// A configuration file that cannot be used. Nothing of such a file takes effect.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read configuration file {}: {source}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is larger than any that a person would write.
    #[error("configuration file {} has more than {limit} bytes", file.display())]
    TooLarge {
        /// The file.
        file: PathBuf,
        /// The limit in bytes.
        limit: u64,
    },
    /// A line that is no setting.
    #[error("{}:{line}: this line {problem}", file.display())]
    Syntax {
        /// The file.
        file: PathBuf,
        /// Line number, counted from 1.
        line: usize,
        /// What is wrong, as a clause.
        problem: String,
    },
    /// A key that no setting has.
    #[error("{}:{line}: unknown key '{key}'{}", file.display(), hint(nearest.as_deref()))]
    UnknownKey {
        /// The file.
        file: PathBuf,
        /// Line number, counted from 1.
        line: usize,
        /// The key as written.
        key: String,
        /// A known key that is close to it.
        nearest: Option<String>,
    },
    /// A value that the key cannot have.
    #[error("{}:{line}: bad value for '{key}': {problem}", file.display())]
    BadValue {
        /// The file.
        file: PathBuf,
        /// Line number, counted from 1.
        line: usize,
        /// The key as written.
        key: String,
        /// What is wrong with the value.
        problem: String,
    },
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map(|key| format!("; did you mean '{key}'?")).unwrap_or_default()
}
