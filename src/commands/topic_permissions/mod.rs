//! Commands about topic permissions.

mod clear;
mod list;
mod list_user;
mod set;

pub use clear::ClearTopicPermissions;
pub use list::ListTopicPermissions;
pub use list_user::ListUserTopicPermissions;
pub use set::SetTopicPermissions;
