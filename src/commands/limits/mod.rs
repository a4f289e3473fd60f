//! Commands about limits of virtual hosts and of users.

mod clear_user;
mod clear_vhost;
mod list_user;
mod list_vhost;
mod set_user;
mod set_vhost;

use crate::command::{Entry, Heading};

/// The commands.
pub const COMMANDS: &[Entry] = &[
    Entry::of::<clear_user::ClearUserLimits>("clear_user_limits", Heading::Users),
    Entry::of::<clear_vhost::ClearVhostLimits>("clear_vhost_limits", Heading::VirtualHosts),
    Entry::of::<list_user::ListUserLimits>("list_user_limits", Heading::Users),
    Entry::of::<list_vhost::ListVhostLimits>("list_vhost_limits", Heading::VirtualHosts),
    Entry::of::<set_user::SetUserLimits>("set_user_limits", Heading::Users),
    Entry::of::<set_vhost::SetVhostLimits>("set_vhost_limits", Heading::VirtualHosts),
];
