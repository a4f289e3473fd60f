//! What clients stake their data on: what was confirmed outlives the process, and damage is never passed over in
//! silence.

mod crash;
mod damage;
mod failure;
mod messages;

use amq_protocol::protocol::{basic, queue};

use crate::harness::Wire;

/// Declares a durable queue.
#[track_caller]
fn durable_queue(wire: &mut Wire, name: &str) {
    wire.declare(1, queue::Declare { queue: name.into(), durable: true, ..queue::Declare::default() });
}

/// Publishes a persistent message to a queue; nothing is waited for.
fn publish(wire: &mut Wire, queue: &str, body: &[u8]) {
    let publish = basic::Publish { routing_key: queue.into(), ..basic::Publish::default() };
    wire.publish_with(1, publish, basic::AMQPProperties::default().with_delivery_mode(2), body);
}

/// Publishes persistent texts and waits for the confirms. The channel must be in confirm mode, and new.
#[track_caller]
fn store(wire: &mut Wire, queue: &str, bodies: &[&str]) {
    bodies.iter().for_each(|body| publish(wire, queue, body.as_bytes()));
    wire.await_confirm(1, bodies.len() as u64);
}
