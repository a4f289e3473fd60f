//! Warren's broker core: vhosts, exchanges, queues, routing, permissions.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
#![forbid(unsafe_code)]

pub mod bindings;
pub mod error;
pub mod exchanges;
