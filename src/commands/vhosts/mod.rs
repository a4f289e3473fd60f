//! Commands about virtual hosts.

mod add;
mod delete;
mod list;
mod update_metadata;

pub use add::AddVhost;
pub use delete::DeleteVhost;
pub use list::ListVhosts;
pub use update_metadata::UpdateVhostMetadata;
