//! Exchange types that keep nothing but their bindings.

mod counted;
mod header_values;

pub(super) mod consistent_hash;
pub(super) mod direct;
pub(super) mod fanout;
pub(super) mod headers;
pub(super) mod local_random;
pub(super) mod modulus_hash;
pub(super) mod random;
pub(super) mod topic;
