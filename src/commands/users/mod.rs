//! Commands about users.

mod add;
mod authenticate;
mod change_password;
mod delete;
mod list;
mod set_tags;

pub use add::AddUser;
pub use authenticate::AuthenticateUser;
pub use change_password::ChangePassword;
pub use delete::DeleteUser;
pub use list::ListUsers;
pub use set_tags::SetUserTags;
