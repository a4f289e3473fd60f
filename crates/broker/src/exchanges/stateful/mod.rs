//! Exchange types, and arguments of exchanges, that keep something besides bindings.

pub(super) mod deduplication;
pub(super) mod delayed;
pub(super) mod recent_history;
