//! Users and what they may do, as definitions have them.

pub mod password;
mod permission;
mod topic_permission;
mod user;

pub use password::HashingAlgorithm;
pub use permission::{Permission, PermissionEntry};
pub use topic_permission::TopicPermissionEntry;
pub use user::User;
