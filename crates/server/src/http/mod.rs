//! The management API: RabbitMQ's paths, status codes and JSON keys.
//!
//! A request passes `server` (sockets), the `framework` (content type, who asks, who may, what the query and the body
//! say), and reaches the handler of its endpoint in `resources`, a file a noun. `translation` turns AMQP's values into
//! JSON and back; `figures` are the numbers that several nouns show.

mod figures;
mod framework;
mod resources;
mod server;
mod translation;

pub use server::Server;

/// Every route of the API, as method and path template.
pub fn routes() -> Vec<(String, &'static str)> {
    framework::Routes::all().entries().map(|(method, path)| (method.to_string(), path)).collect()
}
