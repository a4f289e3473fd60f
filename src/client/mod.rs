//! The HTTP client: calls the endpoints that `warren-api` defines, over TCP or an admin socket.

mod error;
mod http;
mod status;

pub use error::ClientError;
pub use http::Client;
