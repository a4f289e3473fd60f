//! A client's octets, whole and in pieces, into the server's side of a connection.
#![no_main]

#[allow(dead_code, reason = "the other target uses the rest")]
#[path = "../../crates/amqp091/tests/it/checks.rs"]
mod checks;
#[allow(dead_code, reason = "shared with the tests")]
#[path = "../../crates/amqp091/tests/it/peer.rs"]
mod peer;

libfuzzer_sys::fuzz_target!(|data: &[u8]| checks::connection(data));
