//! The endpoints of the API, a file a noun.

pub mod aliveness;
pub mod bindings;
pub mod channels;
pub mod connections;
pub mod consumers;
pub mod definitions;
pub mod deprecated_features;
pub mod exchanges;
pub mod health;
pub mod import;
pub mod limits;
pub mod management_channel;
pub mod messages;
pub mod nodes;
pub mod overview;
pub mod parameters;
pub mod permissions;
pub mod policies;
pub mod queues;
pub mod topic_permissions;
pub mod users;
pub mod vhosts;
pub mod warren;
pub mod whoami;
