//! What queues can be declared with and what policies can set: one table of names, values, kinds of queues and meanings, by
//! which the broker checks declarations and policies, and from which the help of the command line and the documentation are
//! made (RabbitMQ, optional queue arguments; policies: definition keys).
//!
//! It knows nothing but the table: what a value does, and how a bad one is refused, is the broker's.

mod argument;
mod kind;
mod policies;
mod policy_key;
mod queues;
mod takes;

pub use argument::Argument;
pub use kind::QueueKind;
pub use policies::{find_policy, policy_keys};
pub use policy_key::{Merge, PolicyKey};
pub use queues::{ARGUMENTS, FILTER_SIZES, MAX_SEGMENT_SIZE, find};
pub use takes::Takes;
