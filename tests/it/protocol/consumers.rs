//! Consumers: turns, limits, tags, exclusiveness, and their end.

use amq_protocol::protocol::{AMQPClass, basic, queue};
use amq_protocol::types::{AMQPValue, FieldTable};

use crate::harness::{Broker, Wire, eventually, method, open_frame};

#[test]
fn consumers_take_turns() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    for tag in ["a", "b", "c"] {
        wire.consume(1, "q", tag);
    }
    let bodies: Vec<String> = (0..9).map(|number| number.to_string()).collect();
    wire.fill("q", &bodies.iter().map(String::as_str).collect::<Vec<_>>());
    let mut taken: Vec<(String, String)> = (0..9)
        .map(|_| wire.message(1))
        .map(|message| (message.deliver().consumer_tag.to_string(), message.text().to_owned()))
        .collect();
    // Each has every third message, in order.
    taken.sort();
    let shares: Vec<Vec<&str>> =
        taken.chunks(3).map(|share| share.iter().map(|(_, text)| text.as_str()).collect()).collect();
    for share in &shares {
        let numbers: Vec<u32> = share.iter().map(|text| text.parse().unwrap()).collect();
        assert!(numbers[1] == numbers[0] + 3 && numbers[2] == numbers[0] + 6, "{taken:?}");
    }
}

#[test]
fn a_limit_holds_for_each_consumer() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    wire.fill("q", &["a", "b", "c", "d", "e", "f"]);
    wire.qos(1, 2, false);
    wire.consume(1, "q", "one");
    assert_eq!(wire.texts(1, 2), ["a", "b"]);
    wire.qos(1, 1, false);
    wire.consume(1, "q", "two");
    assert_eq!(wire.texts(1, 1), ["c"]);
    assert_eq!(wire.counts(1, "q"), (3, 2));
    // An ack makes room for one more, at the consumer that had it.
    wire.ack(1, 2, false);
    let next = wire.message(1);
    assert_eq!((next.text(), next.deliver().consumer_tag.as_str()), ("d", "one"));
    wire.nack(1, 3, false, true);
    let again = wire.message(1);
    assert_eq!((again.text(), again.deliver().consumer_tag.as_str()), ("c", "two"));
    assert!(again.deliver().redelivered);
    assert_eq!(wire.counts(1, "q"), (2, 2));
    broker.shows(
        &["list_consumers", "consumer_tag", "ack_required", "prefetch_count"],
        &["consumer_tag\tack_required\tprefetch_count", "one\ttrue\t2", "two\ttrue\t1"],
    );
}

#[test]
fn a_global_limit_holds_for_the_channel() {
    let broker = Broker::start();
    if !broker.permits("global_qos") {
        return;
    }
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    wire.declare_queue(1, "r");
    wire.fill("q", &["a", "b", "c"]);
    wire.fill("r", &["d", "e", "f"]);
    wire.qos(1, 4, true);
    wire.consume(1, "q", "one");
    assert_eq!(wire.texts(1, 3), ["a", "b", "c"]);
    wire.consume(1, "r", "two");
    assert_eq!(wire.texts(1, 1), ["d"]);
    assert_eq!(wire.counts(1, "r"), (2, 1));
    wire.ack(1, 2, true);
    assert_eq!(wire.texts(1, 2), ["e", "f"]);
    broker.shows_queues(&[("q", 0, 1), ("r", 0, 3)]);
}

#[test]
fn a_limit_does_not_hold_for_consumers_without_acks_nor_for_gets() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    wire.fill("q", &["a", "b", "c", "d"]);
    wire.qos(1, 1, false);
    assert_eq!(wire.take(1, "q").2, "a");
    assert_eq!(wire.take(1, "q").2, "b");
    let consume = basic::Consume { queue: "q".into(), no_ack: true, ..basic::Consume::default() };
    let tag = wire.consume_with(1, consume);
    assert!(tag.starts_with("amq.ctag-"), "{tag}");
    assert_eq!(wire.texts(1, 2), ["c", "d"]);
    broker.shows_queues(&[("q", 0, 2)]);
}

#[test]
fn a_limit_in_bytes_is_refused_with_540() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.write(&open_frame(1, 1, &[0, 60, 0, 10, 0, 0, 4, 0, 0, 1, 0]));
    let closed = wire.connection_closed();
    assert_eq!((closed.code, closed.text.as_str()), (540, "NOT_IMPLEMENTED - prefetch_size!=0 (1024)"));
}

#[test]
fn a_tag_is_used_once() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    wire.consume(1, "q", "c");
    // On another channel it is another tag.
    wire.open(2);
    wire.consume(2, "q", "c");
    let refused = wire.fatal(1, method!(basic::Consume { queue: "q", consumer_tag: "c" }));
    assert_eq!(refused, (530, "NOT_ALLOWED - attempt to reuse consumer tag 'c'".to_owned()));
}

#[test]
fn an_exclusive_consumer_is_alone() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.open(2);
    wire.declare_queue(1, "q");
    let exclusive = || method!(basic::Consume { queue: "q", consumer_tag: "c", exclusive: true });
    let in_use = (403, "ACCESS_REFUSED - queue 'q' in vhost '/' in exclusive use".to_owned());
    wire.accepted(1, exclusive());
    assert_eq!(wire.refused(2, method!(basic::Consume { queue: "q" })), in_use);
    wire.cancel(1, "c");
    wire.consume(2, "q", "shared");
    assert_eq!(wire.refused(1, exclusive()), in_use);
}

#[test]
fn a_cancelled_consumer_keeps_what_it_has_not_acknowledged() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    wire.fill("q", &["a"]);
    wire.consume(1, "q", "c");
    assert_eq!(wire.texts(1, 1), ["a"]);
    wire.cancel(1, "c");
    wire.fill("q", &["b"]);
    broker.shows_queues(&[("q", 1, 1)]);
    wire.ack(1, 1, false);
    broker.shows_queues(&[("q", 1, 0)]);
    assert_eq!(wire.arrived(1), 0);
    // To cancel what is not there is no error.
    wire.cancel(1, "nobody");
}

#[test]
fn a_consumer_is_told_when_its_queue_goes() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.open(2);
    wire.declare_queue(1, "q");
    wire.consume(1, "q", "c");
    wire.accepted(2, method!(queue::Delete { queue: "q" }));
    match wire.method(1) {
        AMQPClass::Basic(basic::AMQPMethod::Cancel(cancel)) => assert_eq!(cancel.consumer_tag.as_str(), "c"),
        other => panic!("not basic.cancel: {other:?}"),
    }
    // Its tag is free again.
    wire.declare_queue(1, "q");
    wire.consume(1, "q", "c");
}

#[test]
fn a_client_that_cannot_take_it_is_not_told() {
    let broker = Broker::start();
    let mut wire = Wire::dial(&broker);
    wire.login("PLAIN", b"\0guest\0guest", FieldTable::default());
    wire.agree(None);
    wire.open_vhost(&broker.vhost);
    wire.open(1);
    wire.declare_queue(1, "q");
    wire.consume(1, "q", "c");
    wire.accepted(1, method!(queue::Delete { queue: "q" }));
    wire.declare_queue(1, "r");
    wire.close(1);
}

#[test]
fn a_requeued_message_goes_to_another_consumer_or_comes_again() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    wire.fill("q", &["a", "b"]);
    wire.qos(1, 1, false);
    wire.consume(1, "q", "c");
    for _ in 0..20 {
        let message = wire.message(1);
        assert_eq!(message.text(), "a");
        wire.reject(1, message.deliver().delivery_tag, true);
    }
    let message = wire.message(1);
    wire.ack(1, message.deliver().delivery_tag, false);
    assert_eq!(wire.texts(1, 1), ["b"]);
}

#[test]
fn messages_of_a_dead_connection_come_to_the_living_in_order() {
    let broker = Broker::start();
    let mut dying = Wire::with_channel(&broker);
    dying.declare_queue(1, "q");
    let bodies: Vec<String> = (0..100).map(|number| format!("{number:03}")).collect();
    dying.fill("q", &bodies.iter().map(String::as_str).collect::<Vec<_>>());
    dying.consume(1, "q", "c");
    assert_eq!(dying.texts(1, 100), bodies);
    dying.ack(1, 50, true);
    broker.shows_queues(&[("q", 0, 50)]);
    let mut living = Wire::with_channel(&broker);
    living.consume(1, "q", "c");
    dying.shut_down();
    let messages: Vec<_> = (0..50).map(|_| living.message(1)).collect();
    assert!(messages.iter().all(|message| message.deliver().redelivered));
    let texts: Vec<&str> = messages.iter().map(|message| message.text()).collect();
    assert_eq!(texts, bodies[50..]);
}

#[test]
fn a_consumer_of_higher_priority_comes_first_while_it_has_room() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    wire.qos(1, 2, false);
    for (tag, priority) in [("low", -1), ("high", 5)] {
        let mut arguments = FieldTable::default();
        arguments.insert("x-priority".into(), AMQPValue::LongInt(priority));
        let consume = basic::Consume {
            queue: "q".into(),
            consumer_tag: tag.into(),
            arguments,
            ..basic::Consume::default()
        };
        wire.consume_with(1, consume);
    }
    wire.consume(1, "q", "middle");
    wire.fill("q", &["a", "b", "c", "d", "e"]);
    let tags: Vec<String> = (0..5).map(|_| wire.message(1).deliver().consumer_tag.to_string()).collect();
    assert_eq!(tags, ["high", "high", "middle", "middle", "low"]);
}

#[test]
fn a_reply_needs_no_queue() {
    let broker = Broker::start();
    let mut client = Wire::with_channel(&broker);
    let consume =
        basic::Consume { queue: "amq.rabbitmq.reply-to".into(), no_ack: true, ..basic::Consume::default() };
    client.consume_with(1, consume);
    let mut server = Wire::with_channel(&broker);
    server.declare_queue(1, "rpc");
    let publish = basic::Publish { routing_key: "rpc".into(), ..basic::Publish::default() };
    let properties = basic::AMQPProperties::default().with_reply_to("amq.rabbitmq.reply-to".into());
    client.publish_with(1, publish, properties, b"question");
    server.consume(1, "rpc", "c");
    let request = server.message(1);
    let reply_to = request.properties.reply_to().clone().expect("reply_to");
    assert!(reply_to.as_str().starts_with("amq.rabbitmq.reply-to."), "{reply_to}");
    server.publish(1, "", reply_to.as_str(), b"answer");
    let answer = client.message(1);
    assert_eq!((answer.text(), answer.deliver().routing_key.as_str()), ("answer", reply_to.as_str()));
    // Without its consumer the name means nothing.
    let mut other = Wire::with_channel(&broker);
    let publish = basic::Publish { routing_key: "rpc".into(), ..basic::Publish::default() };
    let properties = basic::AMQPProperties::default().with_reply_to("amq.rabbitmq.reply-to".into());
    other.publish_with(1, publish, properties, b"question");
    let closed = other.channel_closed(1);
    assert_eq!(
        (closed.code, closed.text.as_str()),
        (406, "PRECONDITION_FAILED - fast reply consumer does not exist")
    );
}

#[test]
fn an_address_of_replies_can_be_asked_for_and_not_bound() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    let consume =
        basic::Consume { queue: "amq.rabbitmq.reply-to".into(), no_ack: true, ..basic::Consume::default() };
    wire.consume_with(1, consume);
    let mut other = Wire::with_channel(&broker);
    other.declare_queue(1, "requests");
    let properties = basic::AMQPProperties::default().with_reply_to("amq.rabbitmq.reply-to".into());
    let publish = basic::Publish { routing_key: "requests".into(), ..basic::Publish::default() };
    wire.publish_with(1, publish, properties, b"");
    other.consume(1, "requests", "c");
    let request = other.message(1);
    let address = request.properties.reply_to().clone().expect("reply_to");
    let ask = |name: &str, passive: bool| method!(queue::Declare { queue: name, passive: passive });
    for passive in [true, false] {
        for name in ["amq.rabbitmq.reply-to", address.as_str()] {
            match other.accepted(1, ask(name, passive)) {
                AMQPClass::Queue(queue::AMQPMethod::DeclareOk(ok)) => {
                    assert_eq!((ok.queue.as_str(), ok.message_count, ok.consumer_count), (name, 0, 1));
                }
                answer => panic!("{answer:?}"),
            }
        }
        // RabbitMQ's channel ends with an error of its own at an address that it cannot have made.
        if broker.is_own() {
            let nobody = "NOT_FOUND - no queue 'amq.rabbitmq.reply-to.nobody' in vhost '/'";
            let refused = other.refused(1, ask("amq.rabbitmq.reply-to.nobody", passive));
            assert_eq!(refused, (404, nobody.to_owned()));
        }
    }
    let bind = method!(queue::Bind { queue: address.as_str(), exchange: "amq.fanout" });
    let says = "ACCESS_REFUSED - cannot bind or unbind to a volatile (direct reply-to) queue";
    assert_eq!(other.refused(1, bind), (403, says.to_owned()));
    wire.shut_down();
    eventually("nobody waits there any more", || {
        other.send(1, ask(address.as_str(), true));
        match other.method(1) {
            AMQPClass::Queue(_) => Err("somebody does".into()),
            _ => Ok(()),
        }
    });
}
