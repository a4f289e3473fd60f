//! From options to a running server, and to its end.

mod busy_wait;
mod cluster_name;
mod error;
mod lifecycle;
mod logging;
mod opening;
mod options;

pub use error::ServerError;
pub use lifecycle::run;
pub use options::ServerOptions;
