//! Commands about consumers.

mod list;

pub use list::ListConsumers;
