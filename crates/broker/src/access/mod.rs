//! Who may log in, and who may do what: all users of a node and their permissions.

pub mod permissions;
pub mod topic_permissions;
pub mod user_limits;
pub mod users;
