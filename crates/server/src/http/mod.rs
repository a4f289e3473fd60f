//! The management API: RabbitMQ's paths, status codes and JSON keys, one file a noun.
//!
//! A request passes `server` (sockets), `negotiation` (content type), `authentication` (who asks), and reaches
//! the handler that `routes` lists, whose extractors (`caller`) say who may call it.

mod authentication;
mod caller;
mod columns;
mod error;
mod json;
mod listing;
mod negotiation;
mod order;
mod overview;
mod query;
mod routes;
mod server;
mod tables;
mod warren;
mod whoami;

pub use server::Server;
