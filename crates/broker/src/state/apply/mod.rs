//! Making changes in memory, and what is left to be done after.

mod aftermath;
mod changes;

pub(crate) use aftermath::Aftermath;
