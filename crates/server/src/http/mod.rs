//! The management API: RabbitMQ's paths, status codes and JSON keys, one file a noun.
//!
//! A request passes `server` (sockets), `negotiation` (content type), `authentication` (who asks), and reaches
//! the handler that `routes` lists, whose extractors (`caller`) say who may call it.

mod access;
mod aliveness;
mod authentication;
mod bindings;
mod caller;
mod channels;
mod churn;
mod columns;
mod connections;
mod consumers;
mod definitions;
mod deprecated_features;
mod durable;
mod error;
mod exchanges;
mod health;
mod import;
mod json;
mod limits;
mod listing;
mod management_channel;
mod messages;
mod negotiation;
mod nodes;
mod order;
mod overview;
mod parameters;
mod path;
mod permissions;
mod picked;
mod policies;
mod properties;
mod query;
mod queues;
mod routes;
mod server;
mod stats;
mod tables;
mod topic_permissions;
mod totals;
mod users;
mod vhosts;
mod warren;
mod whoami;

pub use server::Server;

/// Every route of the API, as method and path template.
pub fn routes() -> Vec<(String, &'static str)> {
    routes::list().entries().map(|(method, path)| (method.to_string(), path)).collect()
}
