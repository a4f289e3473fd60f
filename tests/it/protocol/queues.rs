//! Declaring, binding, purging and deleting queues.

use amq_protocol::protocol::{AMQPClass, queue};
use amq_protocol::types::{AMQPValue, FieldTable};

use crate::harness::{Broker, Wire, eventually, method};

fn deleted(answer: AMQPClass) -> u32 {
    match answer {
        AMQPClass::Queue(queue::AMQPMethod::DeleteOk(ok)) => ok.message_count,
        other => panic!("not queue.delete-ok: {other:?}"),
    }
}

#[test]
fn a_queue_that_is_not_there_is_404() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    let expected = (404, "NOT_FOUND - no queue 'q' in vhost '/'".to_owned());
    for refused in [
        method!(queue::Declare { queue: "q", passive: true }),
        method!(queue::Purge { queue: "q" }),
        method!(queue::Bind { queue: "q", exchange: "amq.direct", routing_key: "k" }),
        method!(basic::Consume { queue: "q" }),
        method!(basic::Get { queue: "q" }),
    ] {
        assert_eq!(wire.refused(1, refused.clone()), expected, "{refused:?}");
    }
    // To delete what is not there is no error.
    assert_eq!(deleted(wire.call(1, method!(queue::Delete { queue: "q" }))), 0);
}

#[test]
fn declaring_again_must_be_the_same() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    wire.declare_queue(1, "q");
    let inequivalent = |name: &str| {
        format!(
            "PRECONDITION_FAILED - inequivalent arg '{name}' for queue 'q' in vhost '/': received 'true' but current is 'false'"
        )
    };
    let durable = method!(queue::Declare { queue: "q", durable: true });
    assert_eq!(wire.refused(1, durable), (406, inequivalent("durable")));
    let auto_delete = method!(queue::Declare { queue: "q", auto_delete: true });
    assert_eq!(wire.refused(1, auto_delete), (406, inequivalent("auto_delete")));
    let mut arguments = FieldTable::default();
    arguments.insert("x-message-ttl".into(), AMQPValue::LongInt(1000));
    let (code, text) = wire.refused(1, method!(queue::Declare { queue: "q", arguments: arguments }));
    assert_eq!(code, 406);
    assert!(
        text.starts_with("PRECONDITION_FAILED - inequivalent arg 'x-message-ttl' for queue 'q' in vhost '/'"),
        "{text}"
    );
    // Passively it is enough that it is there.
    assert_eq!(wire.counts(1, "q"), (0, 0));
}

#[test]
fn reserved_names_are_refused() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    let refused = wire.refused(1, method!(queue::Declare { queue: "amq.mine" }));
    let text = "ACCESS_REFUSED - queue name 'amq.mine' contains reserved prefix 'amq.*'";
    assert_eq!(refused, (403, text.to_owned()));
}

#[test]
fn an_empty_name_gives_a_new_name_and_then_stands_for_it() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    let first = wire.declare(1, queue::Declare::default()).queue;
    let second = wire.declare(1, queue::Declare::default()).queue;
    assert!(first.as_str().starts_with("amq.gen-") && first != second, "{first} {second}");
    wire.fill(second.as_str(), &["a", "b"]);
    let purged = wire.call(1, method!(queue::Purge {}));
    assert_eq!(purged, method!(queue::PurgeOk { message_count: 2u32 }));
    // On a channel that has declared nothing it stands for nothing.
    wire.open(2);
    let refused = wire.refused(2, method!(queue::Purge {}));
    assert_eq!(refused, (404, "NOT_FOUND - no previously declared queue".to_owned()));
    assert_eq!(deleted(wire.call(1, method!(queue::Delete { queue: first }))), 0);
}

#[test]
fn an_exclusive_queue_is_locked_for_others_and_goes_with_its_connection() {
    let broker = Broker::start();
    let mut owner = Wire::with_channel(&broker);
    owner.declare(1, queue::Declare { queue: "own".into(), exclusive: true, ..Default::default() });
    // Another channel of the same connection may use it.
    owner.open(2);
    assert_eq!(owner.counts(2, "own"), (0, 0));
    let mut other = Wire::with_channel(&broker);
    let text = "RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'own' in vhost '/'";
    for refused in [
        method!(queue::Declare { queue: "own", exclusive: true }),
        method!(queue::Declare { queue: "own", passive: true }),
        method!(queue::Bind { queue: "own", exchange: "amq.direct" }),
        method!(queue::Purge { queue: "own" }),
        method!(queue::Delete { queue: "own" }),
        method!(basic::Consume { queue: "own" }),
        method!(basic::Get { queue: "own" }),
    ] {
        let (code, got) = other.refused(1, refused.clone());
        assert!(code == 405 && got.starts_with(text), "{refused:?}: {code} {got}");
    }
    // Anyone may publish to it.
    other.fill("own", &["x"]);
    assert_eq!(owner.take(1, "own").2, "x");
    owner.shut_down();
    eventually("the queue is gone", || {
        match other.refused(1, method!(queue::Declare { queue: "own", passive: true })).0 {
            404 => Ok(()),
            code => Err(code.to_string()),
        }
    });
}

#[test]
fn purging_counts_what_was_ready() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    wire.fill("q", &["a", "b", "c"]);
    assert_eq!(wire.take(1, "q").2, "a");
    let purged = wire.call(1, method!(queue::Purge { queue: "q" }));
    assert_eq!(purged, method!(queue::PurgeOk { message_count: 2u32 }));
    wire.nack(1, 1, false, true);
    assert_eq!(wire.take(1, "q"), (2, true, "a".to_owned()));
    assert_eq!(wire.counts(1, "q"), (0, 0));
}

#[test]
fn deleting_may_depend_on_use_and_content() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    wire.fill("q", &["a", "b"]);
    let refused = wire.refused(1, method!(queue::Delete { queue: "q", if_empty: true }));
    assert_eq!(refused, (406, "PRECONDITION_FAILED - queue 'q' in vhost '/' not empty".to_owned()));
    wire.open(2);
    wire.consume(2, "q", "c");
    let refused = wire.refused(1, method!(queue::Delete { queue: "q", if_unused: true }));
    assert_eq!(refused, (406, "PRECONDITION_FAILED - queue 'q' in vhost '/' in use".to_owned()));
    wire.close(2);
    assert_eq!(deleted(wire.call(1, method!(queue::Delete { queue: "q", if_unused: true }))), 2);
    assert_eq!(wire.refused(1, method!(queue::Declare { queue: "q", passive: true })).0, 404);
}

#[test]
fn an_auto_delete_queue_goes_with_its_last_consumer() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare(1, queue::Declare { queue: "q".into(), auto_delete: true, ..Default::default() });
    // It is not deleted before it had one.
    assert_eq!(wire.counts(1, "q"), (0, 0));
    wire.consume(1, "q", "a");
    wire.consume(1, "q", "b");
    wire.cancel(1, "a");
    assert_eq!(wire.counts(1, "q"), (0, 1));
    wire.cancel(1, "b");
    eventually("the queue is gone", || {
        match wire.refused(1, method!(queue::Declare { queue: "q", passive: true })).0 {
            404 => Ok(()),
            code => Err(code.to_string()),
        }
    });
}

#[test]
fn without_an_answer_wanted_none_comes() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.send(1, method!(queue::Declare { queue: "q", nowait: true }));
    wire.send(1, method!(queue::Bind { queue: "q", exchange: "amq.direct", routing_key: "k", nowait: true }));
    wire.send(1, method!(queue::Purge { queue: "q", nowait: true }));
    // The first answer is that of the first method that wants one.
    assert_eq!(wire.counts(1, "q"), (0, 0));
    wire.send(1, method!(queue::Delete { queue: "q", nowait: true }));
    assert_eq!(wire.refused(1, method!(queue::Declare { queue: "q", passive: true })).0, 404);
}

#[test]
fn names_may_be_255_bytes_of_any_text() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    for name in ["x".repeat(255), "\u{6d88}\u{606f} / 100% \"quoted\" #?&".to_owned(), " ".to_owned()] {
        wire.declare_queue(1, &name);
        wire.fill(&name, &["a"]);
        assert_eq!(wire.take(1, &name).2, "a");
        let answer = wire.call(1, method!(queue::Delete { queue: name.as_str() }));
        deleted(answer);
    }
}
