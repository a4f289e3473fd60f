//! A disk that refuses writes: nothing pretends that it did not.

use amq_protocol::protocol::{AMQPClass, basic, queue};
use rustix::process::{Pid, Resource, Rlimit, prlimit};

use super::{durable_queue, publish};
use crate::harness::{Broker, Wire, method};

/// Files of the server may not grow past this any more (bytes).
const LIMIT: u64 = 96 * 1024;

#[test]
fn a_failed_write_is_told_to_everybody() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    let mut wire = Wire::with_channel(&broker);
    durable_queue(&mut wire, "q");
    wire.confirm_select(1);
    publish(&mut wire, "q", b"kept");
    wire.await_confirm(1, 1);
    let status = broker.http("GET", "/api/warren/status", "");
    assert!(status.body.contains(r#""durability":"sync""#), "{}", status.body);
    assert!(!status.body.contains("store_failure"), "{}", status.body);

    let pid = Pid::from_raw(broker.server().pid() as i32);
    prlimit(pid, Resource::Fsize, Rlimit { current: Some(LIMIT), maximum: None }).unwrap();
    let mut refused = None;
    for number in 2..200 {
        publish(&mut wire, "q", &[b'x'; 4096]);
        match wire.method(1) {
            AMQPClass::Basic(basic::AMQPMethod::Ack(ack)) => assert_eq!(ack.delivery_tag, number),
            AMQPClass::Basic(basic::AMQPMethod::Nack(nack)) => {
                refused = Some((number, nack.delivery_tag));
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    let (number, nacked) = refused.expect("a nack");
    assert_eq!(nacked, number);

    let status = broker.http("GET", "/api/warren/status", "");
    assert!(status.body.contains("the store stopped writing after a failure"), "{}", status.body);
    let printed = broker.ctl(&["status"]).ok();
    assert!(printed.contains("Level: sync") && printed.contains("The store has FAILED"), "{printed}");
    let health = broker.http("GET", "/api/health/checks/local-alarms", "");
    assert_eq!(health.status, 503, "{}", health.body);
    assert!(health.body.contains("the store stopped writing"), "{}", health.body);

    // Again and again, and it is said once.
    for _ in 0..3 {
        publish(&mut wire, "q", b"refused");
        assert!(matches!(wire.method(1), AMQPClass::Basic(basic::AMQPMethod::Nack(_))));
    }
    let log = broker.server().log();
    assert_eq!(log.matches("the store stops writing").count(), 1, "{log}");

    for durable in ["q", "new"] {
        let declare = queue::Declare { queue: durable.into(), durable: true, ..queue::Declare::default() };
        let declare = AMQPClass::Queue(queue::AMQPMethod::Declare(declare));
        let (code, text) = Wire::with_channel(&broker).fatal(1, declare);
        assert_eq!(code, 541, "{text}");
    }
    let purge = AMQPClass::Queue(queue::AMQPMethod::Purge(queue::Purge { queue: "q".into(), nowait: false }));
    let (code, text) = Wire::with_channel(&broker).fatal(1, purge);
    assert_eq!(code, 541, "{text}");
    let named = broker.http("PUT", "/api/cluster-name", r#"{"name": "never"}"#);
    assert_eq!(named.status, 500, "{}", named.body);
    let mut other = Wire::with_channel(&broker);
    other.declare_queue(1, "transient");
    other.accepted(1, method!(queue::Delete { queue: "transient" }));

    broker.crash_and_restart();
    broker.shows(&["list_queues", "name"], &["name", "q"]);
    let mut wire = Wire::with_channel(&broker);
    let count = u64::from(wire.counts(1, "q").0);
    assert!((number - 1..=number).contains(&count), "{count} messages, and {number} were sent, one refused");
    assert_eq!(wire.take(1, "q").2, "kept");
}

#[test]
fn the_level_is_shown() {
    let Some(broker) = Broker::start_own(Some("durability = os\n")) else { return };
    assert!(broker.ctl(&["status"]).ok().contains("Level: os"));
}
