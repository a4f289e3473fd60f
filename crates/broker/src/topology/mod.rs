//! What is in a virtual host: exchanges, queues, the bindings between them, and the policies for both.

pub mod exchange;
mod exchange_states;
#[cfg(test)]
mod exchange_states_tests;
pub mod limits;
pub mod policies;
mod table;
pub mod vhosts;

pub use table::{BindingId, Route, Topology};
