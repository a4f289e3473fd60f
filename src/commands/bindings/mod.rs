//! Commands about bindings.

mod list;

pub use list::ListBindings;
