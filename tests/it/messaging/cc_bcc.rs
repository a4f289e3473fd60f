//! The headers CC and BCC: a message goes where any of its keys leads.

use amq_protocol::protocol::basic::{self, AMQPProperties};
use amq_protocol::types::{AMQPValue, FieldArray, FieldTable, LongString};

use super::fixtures::{await_ready, deaths, exchange_with, header, number, queue_with, send};
use crate::harness::{Arrival, Broker, Wire, capable, method};

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(LongString::from(value))
}

fn keys(keys: &[&str]) -> AMQPValue {
    AMQPValue::FieldArray(FieldArray::from(keys.iter().map(|key| text(key)).collect::<Vec<_>>()))
}

fn headers(entries: &[(&str, AMQPValue)]) -> AMQPProperties {
    let mut table = FieldTable::default();
    for (name, value) in entries {
        table.insert((*name).into(), value.clone());
    }
    AMQPProperties::default().with_headers(table).with_content_type("text/plain".into())
}

/// A connection with queues of these names on channel 1 and confirms on channel 2.
fn ready(broker: &Broker, queues: &[&str]) -> Wire {
    let mut wire = Wire::with_channel(broker);
    queues.iter().for_each(|queue| wire.declare_queue(1, queue));
    wire.open(2);
    wire.confirm_select(2);
    wire
}

fn publish(wire: &mut Wire, exchange: &str, key: &str, properties: AMQPProperties) {
    let publish = basic::Publish {
        exchange: exchange.into(),
        routing_key: key.into(),
        mandatory: true,
        ..basic::Publish::default()
    };
    wire.publish_with(2, publish, properties, b"x");
}

#[test]
fn a_message_goes_where_any_of_its_keys_leads_and_to_each_queue_once() {
    let broker = Broker::start();
    let mut wire = ready(&broker, &["to", "cc", "bcc", "other"]);
    wire.bind(1, "to", "amq.topic", "to.#", FieldTable::default());
    wire.bind(1, "to", "amq.topic", "cc.#", FieldTable::default());
    wire.bind(1, "cc", "amq.topic", "cc.*", FieldTable::default());
    wire.bind(1, "bcc", "amq.topic", "bcc", FieldTable::default());
    let both =
        headers(&[("CC", keys(&["cc.1", "nowhere"])), ("n", AMQPValue::LongInt(1)), ("BCC", keys(&["bcc"]))]);
    publish(&mut wire, "amq.topic", "to.1", both);
    wire.await_confirm(2, 1);
    for (queue, count) in [("to", 1), ("cc", 1), ("bcc", 1), ("other", 0)] {
        assert_eq!(wire.counts(1, queue).0, count, "{queue}");
    }
    // Whoever gets it sees CC and not BCC, and the key that it was published with.
    let seen = headers(&[("CC", keys(&["cc.1", "nowhere"])), ("n", AMQPValue::LongInt(1))]);
    for queue in ["to", "cc", "bcc"] {
        let got = wire.get(1, queue, true).unwrap();
        assert_eq!(got.method.routing_key.as_str(), "to.1", "{queue}");
        assert_eq!(got.message.properties, seen, "{queue}");
        assert_eq!(got.message.body, b"x");
    }
}

#[test]
fn the_default_exchange_has_several_addressees_too() {
    let broker = Broker::start();
    let mut wire = ready(&broker, &["a", "b", "c"]);
    publish(&mut wire, "", "nowhere", headers(&[("BCC", keys(&["a", "b", "a"])), ("CC", keys(&["b"]))]));
    publish(&mut wire, "", "c", headers(&[]));
    wire.await_confirm(2, 2);
    for (queue, count) in [("a", 1), ("b", 1), ("c", 1)] {
        assert_eq!(wire.counts(1, queue).0, count, "{queue}");
    }
    let got = wire.get(1, "a", true).unwrap();
    assert_eq!(got.message.properties, headers(&[("CC", keys(&["b"]))]));
}

#[test]
fn a_message_comes_back_only_if_none_of_its_keys_leads_anywhere() {
    let broker = Broker::start();
    let mut wire = ready(&broker, &["q"]);
    publish(&mut wire, "", "nowhere", headers(&[("CC", keys(&["q"]))]));
    wire.await_confirm(2, 1);
    assert_eq!(wire.counts(1, "q").0, 1);
    publish(&mut wire, "", "nowhere", headers(&[("CC", keys(&["neither"])), ("BCC", keys(&["nor"]))]));
    let back = wire.message(2);
    assert_eq!(back.returned().reply_code, 312);
    assert_eq!(back.properties, headers(&[("CC", keys(&["neither"]))]), "without BCC");
}

#[test]
fn an_alternate_exchange_gets_what_no_key_leads_anywhere() {
    let broker = Broker::start();
    let mut wire = ready(&broker, &["q", "lost"]);
    wire.declare_exchange(1, "ae", "fanout");
    let mut arguments = FieldTable::default();
    arguments.insert("alternate-exchange".into(), text("ae"));
    wire.accepted(1, method!(exchange::Declare { exchange: "e", kind: "direct", arguments: arguments }));
    wire.bind(1, "q", "e", "known", FieldTable::default());
    wire.bind(1, "lost", "ae", "", FieldTable::default());
    publish(&mut wire, "e", "unknown", headers(&[("CC", keys(&["known"]))]));
    publish(&mut wire, "e", "unknown", headers(&[("CC", keys(&["unknown too"]))]));
    wire.await_confirm(2, 2);
    assert_eq!((wire.counts(1, "q").0, wire.counts(1, "lost").0), (1, 1));
}

#[test]
fn in_a_transaction_copies_are_made_at_commit() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    wire.declare_queue(1, "a");
    wire.declare_queue(1, "b");
    wire.open(3);
    wire.tx_select(3);
    let to = basic::Publish { routing_key: "a".into(), ..basic::Publish::default() };
    wire.publish_with(3, to, headers(&[("BCC", keys(&["b"]))]), b"x");
    wire.tx_commit(3);
    assert_eq!((wire.counts(1, "a").0, wire.counts(1, "b").0), (1, 1));
    assert_eq!(wire.get(1, "b", true).unwrap().message.properties, headers(&[]));
}

#[test]
fn a_header_that_is_no_array_closes_the_channel_and_what_came_before_stays() {
    let broker = Broker::start();
    for (name, value, kind) in [("CC", text("q"), "longstr"), ("BCC", AMQPValue::LongInt(1), "signedint")] {
        let mut wire = ready(&broker, &[name]);
        publish(&mut wire, "", name, headers(&[]));
        publish(&mut wire, "", name, headers(&[(name, value)]));
        let closed = loop {
            match wire.next() {
                Arrival::Method(2, amq_protocol::protocol::AMQPClass::Basic(basic::AMQPMethod::Ack(_))) => {}
                other => break other,
            }
        };
        let wanted = format!(
            "PRECONDITION_FAILED - invalid message: {{unacceptable_type_in_header,\"{name}\",{kind}}}"
        );
        match closed {
            Arrival::Method(
                2,
                amq_protocol::protocol::AMQPClass::Channel(
                    amq_protocol::protocol::channel::AMQPMethod::Close(close),
                ),
            ) => {
                assert_eq!((close.reply_code, close.reply_text.as_str()), (406, wanted.as_str()));
                assert_eq!((close.class_id, close.method_id), (60, 40));
            }
            other => panic!("not channel.close: {other:?}"),
        }
        assert_eq!(wire.counts(1, name).0, 1);
    }
}

/// Queues for the dead letters of `q` under three keys, which are bound to `dlx`.
fn dead_letters_by_key(wire: &mut Wire, arguments: &[(&str, AMQPValue)]) {
    exchange_with(wire, "dlx", "direct", &[]);
    for key in ["q", "shown", "blind"] {
        queue_with(wire, &format!("of.{key}"), &[]);
        wire.bind(1, &format!("of.{key}"), "dlx", key, FieldTable::default());
    }
    queue_with(wire, "q", &[&[("x-dead-letter-exchange", text("dlx"))], arguments].concat());
}

#[test]
fn dead_letters_go_under_all_keys_again() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    dead_letters_by_key(&mut wire, &[("x-max-length", number(0))]);
    let to = headers(&[("CC", keys(&["shown"])), ("BCC", keys(&["blind"]))]);
    send(&mut wire, "", "q", to, "body");
    for queue in ["of.q", "of.shown", "of.blind"] {
        await_ready(&mut wire, queue, 1);
        let letter = wire.get(1, queue, true).unwrap().message;
        assert_eq!(header(&letter, "CC"), Some(&keys(&["shown"])));
        assert_eq!(header(&letter, "BCC"), None);
        assert_eq!(deaths(&letter)[0].keys, ["q", "shown"], "{queue}");
    }
}

#[test]
fn another_key_takes_the_place_of_all() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    dead_letters_by_key(&mut wire, &[("x-max-length", number(0))]);
    let dies = [("x-max-length", number(0)), ("x-dead-letter-exchange", text(""))];
    queue_with(&mut wire, "before", &[&dies[..], &[("x-dead-letter-routing-key", text("q"))]].concat());
    let to = headers(&[("CC", keys(&["shown"])), ("BCC", keys(&["blind"]))]);
    send(&mut wire, "", "before", to, "body");
    await_ready(&mut wire, "of.q", 1);
    let letter = wire.get(1, "of.q", true).unwrap().message;
    assert_eq!(header(&letter, "CC"), Some(&keys(&["shown"])));
    let told = deaths(&letter);
    assert_eq!(
        (told[0].keys.clone(), told[1].keys.clone()),
        (vec!["q".into()], vec!["before".into(), "shown".into()])
    );
    assert_eq!((wire.counts(1, "of.shown").0, wire.counts(1, "of.blind").0), (0, 0));
}

#[test]
fn blind_keys_outlive_the_process() {
    for restart in [Broker::crash_and_restart, Broker::stop_and_restart] {
        let Some(mut broker) = Broker::start_own(None) else { return };
        let mut wire = Wire::with_channel(&broker);
        dead_letters_by_key(&mut wire, &[]);
        wire.open(2);
        wire.confirm_select(2);
        let to = headers(&[("BCC", keys(&["blind"]))]).with_delivery_mode(2);
        publish(&mut wire, "", "q", to);
        wire.await_confirm(2, 1);
        restart(&mut broker);
        let mut wire = Wire::with_channel(&broker);
        let (tag, _, _) = wire.take(1, "q");
        wire.reject(1, tag, false);
        await_ready(&mut wire, "of.blind", 1);
    }
}

#[test]
fn every_key_needs_its_topic_permission_and_a_transaction_is_told_before_it_commits() {
    let Some(broker) = Broker::start_own(None) else { return };
    broker.permit_user("limited", ".*", ".*", ".*");
    let rights = r#"{"exchange":"amq.topic","write":"^mine\\.","read":".*"}"#;
    assert_eq!(broker.http("PUT", "/api/topic-permissions/%2F/limited", rights).status, 201);
    let mut wire = Wire::dial(&broker);
    wire.login("PLAIN", b"\0limited\0secret", capable());
    wire.agree(None);
    wire.open_vhost(&broker.vhost);
    wire.open(1);
    wire.declare_queue(1, "q");
    wire.bind(1, "q", "amq.topic", "#", FieldTable::default());
    for transactional in [false, true] {
        wire.open(2);
        if transactional {
            wire.tx_select(2);
        }
        publish(&mut wire, "amq.topic", "mine.1", headers(&[("CC", keys(&["mine.2"]))]));
        publish(&mut wire, "amq.topic", "mine.1", headers(&[("BCC", keys(&["yours.1"]))]));
        let closed = wire.channel_closed(2);
        let text = "ACCESS_REFUSED - write access to topic 'yours.1' in exchange 'amq.topic' in vhost '/' refused for \
                    user 'limited'";
        assert_eq!((closed.code, closed.text.as_str()), (403, text));
        assert_eq!(wire.counts(1, "q").0, 1, "what came before stays, and what was not committed never was");
    }
}
