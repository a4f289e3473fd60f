//! What exchange types implement, and what they are given to work with. Nothing in here knows a single type.

mod addition;
mod addressed;
mod exchange_type;
mod filter;
#[cfg(test)]
pub mod fixtures;
mod router;
mod settings;
mod state;

pub(crate) use addition::Addition;
pub use addressed::Addressed;
pub(crate) use exchange_type::{ExchangeType, Registered, Types};
pub(crate) use filter::Filter;
pub use router::Router;
pub use settings::ExchangeSettings;
pub use state::Stop;
pub(crate) use state::{ExchangeState, Given, Halt, Onward, StateKind};
