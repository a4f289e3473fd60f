//! Time: what it is, and the wheel in which things wait for theirs.

pub mod clock;
pub(crate) mod wheel;
