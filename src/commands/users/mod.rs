//! Commands about users.

mod add;
mod authenticate;
mod change_password;
mod delete;
mod list;
mod set_tags;

use crate::command::{Entry, Heading};

/// The commands.
pub const COMMANDS: &[Entry] = &[
    Entry::of::<add::AddUser>("add_user", Heading::Users),
    Entry::of::<authenticate::AuthenticateUser>("authenticate_user", Heading::Users),
    Entry::of::<change_password::ChangePassword>("change_password", Heading::Users),
    Entry::of::<delete::DeleteUser>("delete_user", Heading::Users),
    Entry::of::<list::ListUsers>("list_users", Heading::Users),
    Entry::of::<set_tags::SetUserTags>("set_user_tags", Heading::Users),
];
