//! Commands about virtual hosts.

mod add;
mod delete;
mod list;
mod update_metadata;

use crate::command::{Entry, Heading};

/// The commands.
pub const COMMANDS: &[Entry] = &[
    Entry::of::<add::AddVhost>("add_vhost", Heading::VirtualHosts),
    Entry::of::<delete::DeleteVhost>("delete_vhost", Heading::VirtualHosts),
    Entry::of::<list::ListVhosts>("list_vhosts", Heading::VirtualHosts),
    Entry::of::<update_metadata::UpdateVhostMetadata>("update_vhost_metadata", Heading::VirtualHosts),
];
