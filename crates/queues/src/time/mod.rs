//! Time: what it is, and what waits for it.

pub mod clock;
pub mod timers;
mod wheel;
