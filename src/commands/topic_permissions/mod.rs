//! Commands about topic permissions.

mod clear;
mod list;
mod list_user;
mod set;

use crate::command::{Entry, Heading};

/// The commands.
pub const COMMANDS: &[Entry] = &[
    Entry::of::<clear::ClearTopicPermissions>("clear_topic_permissions", Heading::AccessControl),
    Entry::of::<list::ListTopicPermissions>("list_topic_permissions", Heading::AccessControl),
    Entry::of::<list_user::ListUserTopicPermissions>("list_user_topic_permissions", Heading::AccessControl),
    Entry::of::<set::SetTopicPermissions>("set_topic_permissions", Heading::AccessControl),
];
