//! Commands about virtual hosts.

mod add;
mod delete;
mod list;

pub use add::AddVhost;
pub use delete::DeleteVhost;
pub use list::ListVhosts;
