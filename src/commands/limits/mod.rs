//! Commands about limits of virtual hosts and of users.

mod clear_user;
mod clear_vhost;
mod list_user;
mod list_vhost;
mod set_user;
mod set_vhost;

pub use clear_user::ClearUserLimits;
pub use clear_vhost::ClearVhostLimits;
pub use list_user::ListUserLimits;
pub use list_vhost::ListVhostLimits;
pub use set_user::SetUserLimits;
pub use set_vhost::SetVhostLimits;
