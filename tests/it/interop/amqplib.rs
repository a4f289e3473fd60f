//! Node's amqplib.

use crate::harness::{Broker, Program, amqplib_modules};

#[test]
fn round_trips() {
    if amqplib_modules().is_none() {
        return;
    }
    let broker = Broker::start();
    let trips = Program::node(&broker, "round_trips.js", &[]).succeeds();
    assert_eq!(
        trips,
        [
            "publish_and_consume",
            "confirm",
            "returned",
            "exclusive",
            "nack",
            "cancelled_with_its_queue",
            "prefetch"
        ]
    );
}
