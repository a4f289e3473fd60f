//! Commands about permissions.

mod clear;
mod list;
mod list_user;
mod set;

use crate::command::{Entry, Heading};

/// The commands.
pub const COMMANDS: &[Entry] = &[
    Entry::of::<clear::ClearPermissions>("clear_permissions", Heading::AccessControl),
    Entry::of::<list::ListPermissions>("list_permissions", Heading::AccessControl),
    Entry::of::<list_user::ListUserPermissions>("list_user_permissions", Heading::AccessControl),
    Entry::of::<set::SetPermissions>("set_permissions", Heading::AccessControl),
];
