//! What is in a virtual host: exchanges, queues, the bindings between them, and the policies for both.

mod counts;
pub mod exchange;
mod exchange_states;
#[cfg(test)]
mod exchange_states_tests;
pub(crate) mod forwarding;
pub mod limits;
mod policy_changes;
mod table;
pub mod vhosts;

pub(crate) use counts::Counts;
pub use table::{BindingId, Route, Topology};
