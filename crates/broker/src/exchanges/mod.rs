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
//!
//! The default exchange has no bindings of its own and therefore no router: it leads to the queue named by the routing key.

mod counted;
mod direct;
mod fanout;
mod header_values;
mod headers;
mod router;
mod topic;

pub use router::{Router, router, types};

#[cfg(test)]
mod fixtures;
