//! Commands about channels.

mod list;

pub use list::ListChannels;
