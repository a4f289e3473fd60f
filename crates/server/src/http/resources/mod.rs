//! The endpoints of the API, a file a noun.

mod aliveness;
mod bindings;
mod channels;
mod connections;
mod consumers;
mod definitions;
mod deprecated_features;
mod exchanges;
mod health;
mod import;
mod limits;
mod management_channel;
mod messages;
mod nodes;
mod overview;
mod parameters;
mod permissions;
mod policies;
mod queues;
mod topic_permissions;
mod users;
mod vhosts;
mod warren;
mod whoami;
