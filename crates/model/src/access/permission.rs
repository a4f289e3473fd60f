//! What a user may configure, write and read in a virtual host (RabbitMQ, access control).

use std::fmt;

use serde::{Deserialize, Serialize};

/// What may be done with a queue or exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Create, delete and change it.
    Configure,
    /// Put messages into it.
    Write,
    /// Take messages out of it.
    Read,
}

impl Permission {
    /// `configure`, `write` or `read`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Configure => "configure",
            Self::Write => "write",
            Self::Read => "read",
        }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Permissions of a user in a virtual host, in the shape that definitions have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermissionEntry {
    /// Name of the user.
    pub user: String,
    /// Name of the virtual host.
    pub vhost: String,
    /// What it may configure.
    pub configure: String,
    /// What it may write.
    pub write: String,
    /// What it may read.
    pub read: String,
}
