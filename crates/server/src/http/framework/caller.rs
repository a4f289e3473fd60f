//! Who asks, and what his tags allow.

use warren_api::declaration::Tag;

/// The name that is shown for whoever comes in through the admin socket.
pub const ADMIN_SOCKET: &str = "admin socket";

/// An authenticated caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// User name.
    pub name: String,
    /// The user's tags.
    pub tags: Vec<String>,
    /// Whether the caller came through the admin socket, and so is no user of the broker.
    pub is_admin_socket: bool,
}

impl Caller {
    /// Whoever can open the admin socket.
    pub fn admin_socket() -> Self {
        Self { name: ADMIN_SOCKET.into(), tags: vec!["administrator".into()], is_admin_socket: true }
    }

    /// Whether the caller has a tag, or one that includes it.
    pub fn has(&self, tag: Tag) -> bool {
        self.tags.iter().any(|own| tag.is_met_by(own))
    }

    /// Tag `administrator`.
    pub fn is_administrator(&self) -> bool {
        self.has(Tag::Administrator)
    }

    /// Tag `monitoring` or one that includes it.
    pub fn is_monitor(&self) -> bool {
        self.has(Tag::Monitoring)
    }
}
