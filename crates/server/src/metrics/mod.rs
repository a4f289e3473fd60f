//! Figures about the running node that nobody keeps as he works: rates, and what the process takes from its machine.

pub mod process;
pub mod rates;
