//! Where dead letters go, what they say of their past, and when they go round in circles.

use std::time::{SystemTime, UNIX_EPOCH};

use amq_protocol::protocol::basic;
use amq_protocol::types::{AMQPValue, FieldTable};
use serde_json::json;

use super::fixtures::{
    Death, await_ready, deaths, exchange_with, expiration, has_version_4, header, headers, let_pass, letter,
    letters, letters_from, number, queue_with, queue_with_letters, send, set_policy, table, text,
    text_header, texts, user_name,
};
use crate::harness::{Broker, Wire, method, segment};

fn plain() -> basic::AMQPProperties {
    basic::AMQPProperties::default()
}

/// Dead letters go to the default exchange with this routing key, which is the name of a queue.
fn to(queue: &str) -> [(&'static str, AMQPValue); 2] {
    [("x-dead-letter-exchange", text("")), ("x-dead-letter-routing-key", text(queue))]
}

/// Takes the next message of a queue and rejects it for good.
#[track_caller]
fn reject(wire: &mut Wire, queue: &str) {
    let (tag, _, _) = wire.take(1, queue);
    wire.reject(1, tag, false);
}

#[test]
fn a_rejected_message_goes_to_the_dead_letter_exchange_and_tells_its_past() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    exchange_with(&mut wire, "dlx", "fanout", &[]);
    exchange_with(&mut wire, "e", "topic", &[]);
    queue_with(&mut wire, "q", &[("x-dead-letter-exchange", text("dlx"))]);
    queue_with(&mut wire, "letters", &[]);
    wire.bind(1, "letters", "dlx", "", FieldTable::default());
    wire.bind(1, "q", "e", "a.*", FieldTable::default());
    letters_from(&mut wire, "letters");
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let before = now();
    let properties = headers(&[("kind", text("order"))]).with_message_id("m".into()).with_priority(3);
    send(&mut wire, "e", "a.b", properties, "body");
    await_ready(&mut wire, "q", 1);
    reject(&mut wire, "q");
    let letter = letter(&mut wire);
    assert_eq!(letter.text(), "body");
    let deliver = letter.deliver();
    assert_eq!((deliver.exchange.as_str(), deliver.routing_key.as_str()), ("dlx", "a.b"));
    assert!(!deliver.redelivered);
    let [death] = &deaths(&letter)[..] else { panic!("{letter:?}") };
    assert_eq!(death.short(), ("q", "rejected", 1));
    assert_eq!((death.exchange.as_str(), &death.keys[..]), ("e", &["a.b".to_owned()][..]));
    assert!(death.time >= before && death.time <= now(), "{} and {before}", death.time);
    for (name, value) in [("exchange", "e"), ("queue", "q"), ("reason", "rejected")] {
        assert_eq!(text_header(&letter, &format!("x-first-death-{name}")), value);
    }
    // What it brought is still there.
    assert_eq!(text_header(&letter, "kind"), "order");
    assert_eq!(letter.properties.message_id().as_ref().map(|id| id.as_str()), Some("m"));
    assert_eq!(*letter.properties.priority(), Some(3));
}

#[test]
fn the_last_death_is_told_too() {
    let broker = Broker::start();
    if !has_version_4(&broker) {
        return;
    }
    let mut wire = Wire::with_channel(&broker);
    queue_with_letters(&mut wire, "second", &[("x-message-ttl", number(0))]);
    queue_with(&mut wire, "first", &to("second"));
    send(&mut wire, "", "first", plain(), "body");
    reject(&mut wire, "first");
    let letter = letter(&mut wire);
    let told = |which: &str, what: &str| text_header(&letter, &format!("x-{which}-death-{what}"));
    let all = |which: &str| ["exchange", "queue", "reason"].map(|what| told(which, what));
    assert_eq!(all("first"), ["", "first", "rejected"]);
    assert_eq!(all("last"), ["", "second", "expired"]);
}

#[test]
fn all_that_one_nack_rejects_die_in_their_order() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with_letters(&mut wire, "q", &[]);
    wire.fill("q", &["1", "2", "3", "4"]);
    for _ in 0..3 {
        wire.take(1, "q");
    }
    wire.nack(1, 3, true, false);
    let rejected = |body: &str| (body.to_owned(), "rejected".to_owned());
    assert_eq!(letters(&mut wire, 3), ["1", "2", "3"].map(rejected));
    assert_eq!(wire.take(1, "q").2, "4");
}

#[test]
fn one_letter_may_go_to_many_queues() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    exchange_with(&mut wire, "dlx", "topic", &[("alternate-exchange", text("amq.fanout"))]);
    let dlx = ("x-dead-letter-exchange", text("dlx"));
    queue_with(&mut wire, "as.published", std::slice::from_ref(&dlx));
    queue_with(&mut wire, "renamed", &[dlx, ("x-dead-letter-routing-key", text("new.name"))]);
    for (queue, exchange, key) in
        [("all", "dlx", "new.#"), ("new", "dlx", "*.name"), ("rest", "amq.fanout", "")]
    {
        queue_with(&mut wire, queue, &[]);
        wire.bind(1, queue, exchange, key, FieldTable::default());
    }
    for queue in ["as.published", "renamed"] {
        send(&mut wire, "", queue, plain(), queue);
        reject(&mut wire, queue);
    }
    for (queue, body, key) in [
        ("all", "renamed", "new.name"),
        ("new", "renamed", "new.name"),
        ("rest", "as.published", "as.published"),
    ] {
        await_ready(&mut wire, queue, 1);
        let got = wire.get(1, queue, true).expect("a letter");
        assert_eq!((got.message.text(), got.method.routing_key.as_str()), (body, key), "{queue}");
    }
}

#[test]
fn deaths_are_counted_and_the_latest_comes_first() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with(&mut wire, "q", &to("r"));
    queue_with(&mut wire, "r", &to("q"));
    send(&mut wire, "", "q", plain(), "body");
    let mut told = Vec::new();
    for queue in ["q", "r", "q", "r", "q"] {
        await_ready(&mut wire, queue, 1);
        let got = wire.get(1, queue, false).expect("a message");
        told.push(
            deaths(&got.message).iter().map(|death| format!("{:?}", death.short())).collect::<Vec<_>>(),
        );
        wire.reject(1, got.method.delivery_tag, false);
    }
    let (q, r) = (
        |count| format!("(\"q\", \"rejected\", {count})"),
        |count| format!("(\"r\", \"rejected\", {count})"),
    );
    let expected = [vec![], vec![q(1)], vec![r(1), q(1)], vec![q(2), r(1)], vec![r(2), q(2)]];
    assert_eq!(told, expected);
    await_ready(&mut wire, "r", 1);
    let last = wire.get(1, "r", true).expect("a message").message;
    assert_eq!(deaths(&last)[0].short(), ("q", "rejected", 3));
    assert_eq!(text_header(&last, "x-first-death-queue"), "q");
}

#[test]
fn another_reason_is_another_death() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with(&mut wire, "q", &to("r"));
    queue_with_letters(&mut wire, "s", &[]);
    queue_with(&mut wire, "r", &to("q"));
    send(&mut wire, "", "q", expiration(50), "body");
    await_ready(&mut wire, "r", 1);
    reject(&mut wire, "r");
    await_ready(&mut wire, "q", 1);
    let got = wire.get(1, "q", false).expect("a message");
    // Its expiration is gone for good: it does not expire a second time.
    assert_eq!(got.message.properties.expiration(), &None);
    wire.reject(1, got.method.delivery_tag, false);
    await_ready(&mut wire, "r", 1);
    let last = wire.get(1, "r", true).expect("a message").message;
    let deaths = deaths(&last);
    let told = |death: &Death| format!("{:?} {:?}", death.short(), death.original_expiration.as_deref());
    let mut told: Vec<_> = deaths.iter().map(told).collect();
    if !has_version_4(&broker) {
        // RabbitMQ 3 keeps those of one queue together.
        told.swap(1, 2);
    }
    let expected =
        [r#"("q", "rejected", 1) None"#, r#"("r", "rejected", 1) None"#, r#"("q", "expired", 1) Some("50")"#];
    assert_eq!(told, expected);
}

#[test]
fn copies_go_along_and_are_told() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    exchange_with(&mut wire, "dlx", "direct", &[]);
    queue_with(&mut wire, "q", &[("x-dead-letter-exchange", text("dlx"))]);
    queue_with(&mut wire, "letters", &[]);
    wire.bind(1, "letters", "dlx", "copy", FieldTable::default());
    let copies = headers(&[("CC", texts(&["copy", "other"])), ("BCC", texts(&["secret"]))]);
    send(&mut wire, "", "q", copies, "body");
    letters_from(&mut wire, "letters");
    reject(&mut wire, "q");
    let letter = letter(&mut wire);
    assert_eq!(letter.deliver().routing_key.as_str(), "q");
    assert_eq!(deaths(&letter)[0].keys, ["q", "copy", "other"]);
    assert_eq!(header(&letter, "CC"), Some(&texts(&["copy", "other"])));
    assert_eq!(header(&letter, "BCC"), None);
}

#[test]
fn with_a_key_of_its_own_the_queue_sends_no_copies() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with_letters(&mut wire, "q", &[]);
    queue_with(&mut wire, "copy", &[]);
    send(&mut wire, "", "q", headers(&[("CC", texts(&["copy"]))]), "body");
    assert_eq!(wire.get(1, "copy", true).expect("a copy").message.text(), "body");
    reject(&mut wire, "q");
    let letter = letter(&mut wire);
    // It is told still, and has no effect.
    assert_eq!(header(&letter, "CC"), Some(&texts(&["copy"])));
    assert_eq!(letter.deliver().routing_key.as_str(), "letters");
    assert_eq!(deaths(&letter)[0].keys, ["q", "copy"]);
    assert_eq!(wire.counts(1, "copy").0, 0);
}

#[test]
fn what_a_client_says_of_deaths_counts_for_nothing() {
    let broker = Broker::start();
    if !has_version_4(&broker) {
        return;
    }
    let mut wire = Wire::with_channel(&broker);
    queue_with_letters(&mut wire, "q", &[("x-message-ttl", number(10))]);
    // It would be in a circle, if that was so.
    let said = table(&[
        ("queue", text("letters")),
        ("reason", text("expired")),
        ("count", 7i64.into()),
        ("exchange", text("")),
        ("routing-keys", texts(&["q"])),
    ]);
    let said = AMQPValue::FieldArray(vec![AMQPValue::FieldTable(said)].into());
    let said = headers(&[("x-death", said), ("x-first-death-queue", text("other")), ("mine", number(1))]);
    send(&mut wire, "", "q", said, "forged");
    let first = letter(&mut wire);
    assert_eq!(deaths(&first).iter().map(Death::short).collect::<Vec<_>>(), [("q", "expired", 1)]);
    assert_eq!(text_header(&first, "x-first-death-queue"), "q");
    assert_eq!(header(&first, "mine"), Some(&number(1)));
    // What the broker itself said is a client's word too, once a client has published it.
    send(&mut wire, "", "q", first.properties.clone(), "again");
    assert_eq!(deaths(&letter(&mut wire))[0].short(), ("q", "expired", 1));
}

#[test]
fn a_circle_without_a_rejection_ends_where_it_began() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    // What dies in `a` goes on to `b`, from there to `a` and to `witness`.
    wire.declare_exchange(1, "dlx", "fanout");
    queue_with(&mut wire, "a", &[&to("b")[..], &[("x-message-ttl", number(20))]].concat());
    queue_with(&mut wire, "b", &[("x-message-ttl", number(20)), ("x-dead-letter-exchange", text("dlx"))]);
    queue_with(&mut wire, "witness", &[]);
    for queue in ["a", "witness"] {
        wire.bind(1, queue, "dlx", "", FieldTable::default());
    }
    letters_from(&mut wire, "witness");
    send(&mut wire, "", "a", plain(), "round");
    let letter = letter(&mut wire);
    let deaths = deaths(&letter);
    let short: Vec<_> = deaths.iter().map(|death| death.short()).collect();
    assert_eq!(short, [("b", "expired", 1), ("a", "expired", 1)]);
    // Had it come to `a` again, it would come to the witness again.
    let_pass(&mut wire, 150);
    broker.shows_queues(&[("a", 0, 0), ("b", 0, 0), ("witness", 0, 0), ("clock", 0, 0), ("bell", 0, 0)]);
    send(&mut wire, "", "witness", plain(), "next");
    assert_eq!(super::fixtures::letter(&mut wire).text(), "next");
}

#[test]
fn a_circle_with_a_rejection_goes_on() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    // Retry after a while: what is rejected waits and comes again.
    queue_with(&mut wire, "work", &to("wait"));
    queue_with(&mut wire, "wait", &[&to("work")[..], &[("x-message-ttl", number(20))]].concat());
    wire.open(2);
    wire.consume(2, "work", "c");
    send(&mut wire, "", "work", plain(), "job");
    for round in 0..4 {
        let message = wire.message(2);
        assert!(!message.deliver().redelivered);
        let deaths = deaths(&message);
        let short: Vec<_> = deaths.iter().map(|death| death.short()).collect();
        let expected = [("wait", "expired", round), ("work", "rejected", round)];
        assert_eq!(short, expected[..if round == 0 { 0 } else { 2 }]);
        wire.reject(2, message.deliver().delivery_tag, false);
    }
}

#[test]
fn what_overflows_into_its_own_queue_is_dropped() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with(&mut wire, "q", &[&to("q")[..], &[("x-max-length", number(1))]].concat());
    wire.fill("q", &["1", "2", "3"]);
    await_ready(&mut wire, "q", 1);
    assert_eq!(wire.take(1, "q").2, "3");
}

#[test]
fn without_its_exchange_a_letter_is_lost_and_nobody_is_blamed() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with(&mut wire, "q", &[("x-dead-letter-exchange", text("later"))]);
    queue_with(&mut wire, "letters", &[]);
    wire.fill("q", &["1", "2"]);
    reject(&mut wire, "q");
    // The channel is as well as before. With its exchange there, the next one arrives.
    exchange_with(&mut wire, "later", "fanout", &[]);
    wire.bind(1, "letters", "later", "", FieldTable::default());
    letters_from(&mut wire, "letters");
    reject(&mut wire, "q");
    assert_eq!(letter(&mut wire).text(), "2");
}

#[test]
fn what_is_purged_deleted_or_acknowledged_is_no_dead_letter() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with_letters(&mut wire, "q", &[]);
    wire.fill("q", &["acknowledged", "purged"]);
    let (tag, _, _) = wire.take(1, "q");
    wire.ack(1, tag, false);
    wire.accepted(1, method!(queue::Purge { queue: "q" }));
    wire.fill("q", &["deleted"]);
    wire.accepted(1, method!(queue::Delete { queue: "q" }));
    send(&mut wire, "", "letters", plain(), "first");
    assert_eq!(letter(&mut wire).text(), "first");
}

#[test]
fn a_rejection_in_a_transaction_waits_for_the_commit() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with_letters(&mut wire, "q", &[]);
    wire.fill("q", &["1", "2"]);
    wire.open(2);
    wire.tx_select(2);
    let (tag, _, _) = wire.take(2, "q");
    wire.reject(2, tag, false);
    wire.tx_rollback(2);
    assert_eq!(wire.counts(1, "letters").0, 0);
    wire.reject(2, tag, false);
    wire.tx_commit(2);
    assert_eq!(letter(&mut wire).text(), "1");
    assert_eq!(wire.take(1, "q").2, "2");
}

#[test]
fn a_policy_names_the_exchange_and_an_argument_overrules_it() {
    let broker = Broker::start();
    let mut wire = Wire::with_channel(&broker);
    queue_with(&mut wire, "d.plain", &[]);
    queue_with_letters(&mut wire, "d.argument", &[]);
    queue_with(&mut wire, "by.policy", &[]);
    let definition = json!({"dead-letter-exchange": "", "dead-letter-routing-key": "by.policy"});
    set_policy(&broker, "^d[.]", definition);
    for queue in ["d.plain", "d.argument"] {
        send(&mut wire, "", queue, plain(), queue);
        reject(&mut wire, queue);
    }
    assert_eq!(letter(&mut wire).text(), "d.argument");
    await_ready(&mut wire, "by.policy", 1);
    assert_eq!(wire.take(1, "by.policy").2, "d.plain");
}

#[test]
fn who_declares_must_be_allowed_to_read_the_queue_and_write_the_exchange() {
    let broker = Broker::start();
    let name = user_name(&broker, "limited");
    broker.permit_user(&name, ".*", "^open$", "^q$");
    let mut wire = Wire::dial(&broker);
    wire.login("PLAIN", format!("\0{name}\0secret").as_bytes(), crate::harness::capable());
    wire.agree(None);
    wire.open_vhost(&broker.vhost);
    wire.open(1);
    let mut refused = |queue: &str, exchange: &str| {
        let declaration = super::fixtures::declaration(queue, &[("x-dead-letter-exchange", text(exchange))]);
        let (code, text) = wire.refused(1, declaration);
        // RabbitMQ 4 says which access.
        let text = text.replace("write access", "access").replace("read access", "access");
        (code, text.replace(&name, "limited"))
    };
    let says = |what: &str, name: &str| {
        let access = format!("access to {what} '{name}' in vhost '/' refused for user 'limited'");
        (403, format!("ACCESS_REFUSED - {access}"))
    };
    assert_eq!(refused("q", "closed"), says("exchange", "closed"));
    assert_eq!(refused("r", "open"), says("queue", "r"));
    queue_with(&mut wire, "q", &[("x-dead-letter-exchange", text("open"))]);
    broker.http("DELETE", &format!("/api/users/{}", segment(&name)), "");
}
