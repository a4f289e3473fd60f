//! Which node a command talks to: its address, credentials, and how it was found.

mod address;
mod config_file;
mod data_dir;
mod resolve;

pub use address::Address;
pub use data_dir::{admin_socket, data_dir};
pub use resolve::{Node, resolve};
