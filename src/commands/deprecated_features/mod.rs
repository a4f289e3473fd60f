//! Commands about deprecated features.

mod list;

pub use list::ListDeprecatedFeatures;
