//! Getting, acknowledging and refusing messages: order, flags, properties, sizes.

use amq_protocol::protocol::basic;
use amq_protocol::types::{AMQPValue, FieldTable, LongString};

use crate::harness::{Broker, Wire, method, open_frame};

#[test]
fn get_takes_in_order_and_counts_what_is_left() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    assert_eq!(wire.get(1, "q", false), None);
    wire.fill("q", &["a", "b", "c"]);
    for (index, text) in ["a", "b", "c"].iter().enumerate() {
        let got = wire.get(1, "q", index == 1).unwrap();
        assert_eq!(got.message.text(), *text);
        assert_eq!(got.method.message_count, 2 - index as u32);
        assert_eq!(got.method.delivery_tag, index as u64 + 1);
        assert_eq!((got.method.exchange.as_str(), got.method.routing_key.as_str()), ("", "q"));
        assert!(!got.method.redelivered);
    }
    assert_eq!(wire.get(1, "q", false), None);
    broker.shows_queues(&[("q", 0, 2)]);
}

#[test]
fn refused_messages_go_back_to_their_place() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    wire.fill("q", &["a", "b", "c", "d"]);
    for text in ["a", "b", "c"] {
        assert_eq!(wire.take(1, "q").2, text);
    }
    wire.reject(1, 2, true);
    wire.nack(1, 3, false, true);
    wire.reject(1, 1, true);
    for (tag, text) in [(4, "a"), (5, "b"), (6, "c")] {
        assert_eq!(wire.take(1, "q"), (tag, true, text.to_owned()));
    }
    assert_eq!(wire.take(1, "q"), (7, false, "d".to_owned()));
    wire.nack(1, 0, true, true);
    for text in ["a", "b", "c", "d"] {
        let (_, redelivered, got) = wire.take(1, "q");
        assert_eq!((redelivered, got.as_str()), (true, text));
    }
}

#[test]
fn refused_without_requeue_is_gone() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    wire.fill("q", &["a", "b", "c", "d"]);
    for _ in 0..4 {
        wire.take(1, "q");
    }
    wire.reject(1, 1, false);
    wire.nack(1, 3, true, false);
    broker.shows_queues(&[("q", 0, 1)]);
    wire.close(1);
    wire.open(1);
    assert_eq!(wire.take(1, "q"), (1, true, "d".to_owned()));
    assert_eq!(wire.get(1, "q", false), None);
}

#[test]
fn one_ack_may_settle_all_before_it() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    wire.fill("q", &["a", "b", "c", "d", "e"]);
    for _ in 0..5 {
        wire.take(1, "q");
    }
    wire.ack(1, 2, false);
    wire.ack(1, 4, true);
    broker.shows_queues(&[("q", 0, 1)]);
    wire.ack(1, 0, true);
    broker.shows_queues(&[("q", 0, 0)]);
    // Zero means all so far, even when there is none.
    wire.ack(1, 0, true);
    assert_eq!(wire.counts(1, "q"), (0, 0));
}

#[test]
fn tags_that_are_not_open_are_refused_with_406() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    let unknown = |tag: u64| (406, format!("PRECONDITION_FAILED - unknown delivery tag {tag}"));
    assert_eq!(wire.refused(1, method!(basic::Ack { delivery_tag: 1u64 })), unknown(1));
    assert_eq!(wire.refused(1, method!(basic::Nack { delivery_tag: 9u64, multiple: true })), unknown(9));
    assert_eq!(wire.refused(1, method!(basic::Reject { delivery_tag: 7u64 })), unknown(7));
    wire.fill("q", &["a"]);
    wire.take(1, "q");
    wire.ack(1, 1, false);
    assert_eq!(wire.refused(1, method!(basic::Ack { delivery_tag: 1u64 })), unknown(1));
    // Tags belong to their channel, and none comes of a get without acks.
    wire.fill("q", &["a", "b"]);
    wire.take(1, "q");
    wire.open(2);
    assert_eq!(wire.refused(2, method!(basic::Ack { delivery_tag: 1u64 })), unknown(1));
    let got = wire.get(2, "q", true).unwrap();
    let ack = method!(basic::Ack { delivery_tag: got.method.delivery_tag });
    assert_eq!(wire.refused(2, ack), unknown(got.method.delivery_tag));
}

#[test]
fn recover_delivers_again() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    wire.fill("q", &["a", "b"]);
    wire.consume(1, "q", "c");
    assert_eq!(wire.texts(1, 2), ["a", "b"]);
    wire.ack(1, 1, false);
    wire.recover(1);
    let again = wire.message(1);
    assert_eq!((again.text(), again.deliver().redelivered), ("b", true));
    let (code, text) = wire.fatal(1, method!(basic::Recover { requeue: false }));
    assert_eq!((code, text.as_str()), (540, "NOT_IMPLEMENTED - requeue=false"));
}

#[test]
fn properties_arrive_as_they_were_sent() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    let mut deep = FieldTable::default();
    deep.insert("long string".into(), AMQPValue::LongString(LongString::from(vec![0xff, 0x00, 0xfe])));
    let mut headers = FieldTable::default();
    for (name, value) in [
        ("boolean", AMQPValue::Boolean(true)),
        ("tiny", AMQPValue::ShortShortInt(-1)),
        ("byte", AMQPValue::ShortShortUInt(255)),
        ("short", AMQPValue::ShortInt(-300)),
        ("int", AMQPValue::LongInt(-70_000)),
        ("unsigned", AMQPValue::LongUInt(4_000_000_000)),
        ("long", AMQPValue::LongLongInt(i64::MIN)),
        ("float", AMQPValue::Float(0.5)),
        ("double", AMQPValue::Double(-0.25)),
        ("time", AMQPValue::Timestamp(1_700_000_000)),
        ("bytes", AMQPValue::ByteArray(vec![1, 2, 3].into())),
        ("nothing", AMQPValue::Void),
        ("array", AMQPValue::FieldArray(vec![AMQPValue::LongInt(1), AMQPValue::Void].into())),
        ("table", AMQPValue::FieldTable(deep)),
    ] {
        headers.insert(name.into(), value);
    }
    let properties = basic::AMQPProperties::default()
        .with_content_type("text/plain".into())
        .with_content_encoding("gzip".into())
        .with_headers(headers)
        .with_delivery_mode(1)
        .with_priority(9)
        .with_correlation_id("c".into())
        .with_reply_to("r".into())
        .with_expiration("60000".into())
        .with_message_id("m".into())
        .with_timestamp(u64::MAX / 2)
        .with_type("t".into())
        .with_user_id("guest".into())
        .with_app_id("a".into())
        .with_cluster_id("x".into());
    let publish = basic::Publish { routing_key: "q".into(), ..basic::Publish::default() };
    wire.publish_with(1, publish, properties.clone(), b"body");
    wire.consume(1, "q", "c");
    let message = wire.message(1);
    assert_eq!(message.properties, properties);
    assert_eq!(message.text(), "body");
}

#[test]
fn a_user_id_must_be_ones_own_and_an_expiration_a_number() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    let publish = basic::Publish { routing_key: "q".into(), ..basic::Publish::default() };
    let forged = basic::AMQPProperties::default().with_user_id("root".into());
    wire.publish_with(1, publish.clone(), forged, b"");
    let closed = wire.channel_closed(1);
    let text = "PRECONDITION_FAILED - user_id property set to 'root' but authenticated user was 'guest'";
    assert_eq!((closed.code, closed.text.as_str()), (406, text));
    wire.open(1);
    for expiration in ["soon", "-1", "1.5"] {
        let properties = basic::AMQPProperties::default().with_expiration(expiration.into());
        wire.publish_with(1, publish.clone(), properties, b"");
        let closed = wire.channel_closed(1);
        let starts = closed.text.starts_with("PRECONDITION_FAILED - invalid expiration");
        assert!(closed.code == 406 && starts, "{expiration}: {closed:?}");
        wire.open(1);
    }
    assert_eq!(wire.counts(1, "q"), (0, 0));
}

#[test]
fn empty_bodies_and_bodies_in_odd_frames() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    wire.publish(1, "", "q", b"");
    // A body may come in frames of any size, even none.
    wire.send(1, method!(basic::Publish { routing_key: "q" }));
    wire.write(&open_frame(2, 1, &[0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0]));
    for part in ["a", "", "bc", "def"] {
        wire.write(&open_frame(3, 1, part.as_bytes()));
    }
    wire.consume(1, "q", "c");
    assert_eq!(wire.texts(1, 2), ["", "abcdef"]);
}

#[test]
fn ten_mebibytes_arrive_intact() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    let body: Vec<u8> =
        (0..10 * 1024 * 1024u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    wire.publish(1, "", "q", &body);
    wire.consume(1, "q", "c");
    let message = wire.message(1);
    assert!(message.body == body, "the body is another");
    assert!(message.frames.iter().all(|size| *size <= 131_072 - 8));
    wire.ack(1, 1, false);
    broker.shows_queues(&[("q", 0, 0)]);
}

#[test]
fn twenty_mebibytes_are_refused_with_406() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    wire.publish(1, "", "q", &vec![7; 20 * 1024 * 1024]);
    let closed = wire.channel_closed(1);
    let text = "PRECONDITION_FAILED - message size 20971520 is larger than configured max size 16777216";
    assert_eq!((closed.code, closed.text.as_str(), closed.method), (406, text, (60, 40)));
    // The channel number, the connection and the queue go on.
    wire.open(1);
    wire.publish(1, "", "q", b"small");
    wire.consume(1, "q", "c");
    assert_eq!(wire.texts(1, 1), ["small"]);
}

#[test]
fn the_immediate_flag_is_refused_with_540() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "q");
    wire.send(1, method!(basic::Publish { routing_key: "q", immediate: true }));
    wire.send_content(1, basic::AMQPProperties::default(), b"x");
    let closed = wire.connection_closed();
    assert_eq!((closed.code, closed.text.as_str()), (540, "NOT_IMPLEMENTED - immediate=true"));
}
