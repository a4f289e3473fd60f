//! Exchange types: how an exchange decides where a message goes.
//!
//! Each type is one file in `stateless/` or `stateful/`, with an implementation of `ExchangeType` and one of [`Router`], and one
//! line in `registry.rs`:
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
//! A type that keeps something, such as the last two, declares an `ExchangeState`. What that needs comes with it: a queue that no
//! client knows, durability, recovery, word of what is published and bound. Arguments that have exchanges of any type keep
//! something are files in `stateful/` and lines of the registry as well.
//!
//! Arrows: `registry.rs` → `stateful/` → `stateless/` → `contract/`, which knows no type. Nothing here knows the virtual host.
//!
//! The default exchange has no bindings of its own and therefore no router: it leads to the queue named by the routing key.

mod contract;
mod registry;
mod stateful;
mod stateless;

pub use contract::{Addressed, ExchangeSettings, Router, Stop};
pub(crate) use contract::{ExchangeState, Filter, Given, Onward};
pub(crate) use registry::{check_arguments, filter, state};
pub use registry::{check_type, router, types};
#[cfg(test)]
pub(crate) use stateful::delayed::AT_ONCE as DELAYED_AT_ONCE;
