//! Exchange types: how an exchange decides where a message goes.
//!
//! Each type is one file with one implementation of [`Router`], and one line in the registry of `router.rs`:
//!
//! | type | routes to destinations whose binding has |
//! | --- | --- |
//! | `direct` | the message's routing key as its key |
//! | `fanout` | anything |
//! | `topic` | a pattern that matches the routing key: `*` is one word, `#` any number of words, also none |
//! | `headers` | arguments that match the message's headers, all or any of them (`x-match`) |
//! | `x-consistent-hash` | a share of all messages, as large as its key says; which one, the routing key or a header decides |
//! | `x-modulus-hash` | anything, but only one of them gets a message: the routing key decides which |
//! | `x-random`, `x-local-random` | anything, but only one of them gets a message: chance decides which |
//! | `x-recent-history` | anything, and gives its last messages to whoever is bound to it |
//! | `x-delayed-message` | what the type named by `x-delayed-type` wants, after the time that the message says |
//!
//! The default exchange has no bindings of its own and therefore no router: it leads to the queue named by the routing key.

mod addressed;
mod consistent_hash;
mod counted;
mod delayed_message;
mod direct;
mod fanout;
mod header_values;
mod headers;
mod local_random;
mod modulus_hash;
mod random;
mod recent_history;
mod router;
mod topic;

pub use addressed::Addressed;
pub(crate) use router::{DELAYED, HISTORY, keeps};
pub use router::{Router, check_type, router, types};

#[cfg(test)]
mod fixtures;
