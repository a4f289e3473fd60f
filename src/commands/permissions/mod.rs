//! Commands about permissions.

mod clear;
mod list;
mod list_user;
mod set;

pub use clear::ClearPermissions;
pub use list::ListPermissions;
pub use list_user::ListUserPermissions;
pub use set::SetPermissions;
