//! Commands about exchanges.

mod list;

pub use list::ListExchanges;
