//! Tests of the crate from outside, by subject.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod channels;
mod checks;
mod closing;
mod content;
mod corpus;
mod generate;
mod handshake;
mod hostile;
mod oracle;
mod peer;
mod roundtrip;
mod streams;
