//! End-to-end tests: a real `warrenctl server` process, and clients that speak to it over real sockets.
//!
//! [`harness`] says how they are run, and how to run the same tests against another broker.

mod durability;
mod harness;

mod administration;
mod docs;
mod interop;
mod messaging;
mod node;
mod perf;
mod protocol;
mod tree;
mod tutorial;
