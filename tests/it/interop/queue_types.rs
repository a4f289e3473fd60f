//! The type of queues that are declared without one, and the arguments that say where queues live.

use lapin::options::QueueDeclareOptions;
use lapin::types::FieldTable;
use serde_json::{Value, json};

use super::client::{ask, confirming, declare, get, open, put, refusal, run};
use crate::harness::Broker;

#[test]
fn a_virtual_host_names_the_type_of_queues_that_have_none() {
    let broker = Broker::start();
    let vhost = &broker.vhost;
    run(async {
        put(&broker, "/api/vhosts/{vhost}", json!({"default_queue_type": "quorum"}));
        assert_eq!(get(&broker, "/api/vhosts/{vhost}")["default_queue_type"], "quorum");
        let (connection, channel) = open(&broker).await;
        declare(&channel, "q", &[]).await.unwrap();
        let shown = get(&broker, "/api/queues/{vhost}/q");
        assert_eq!(
            (&shown["type"], &shown["arguments"]),
            (&json!("quorum"), &json!({"x-queue-type": "quorum"}))
        );
        // Both ways mean the same queue.
        declare(&channel, "q", &[("x-queue-type", "quorum".into())]).await.unwrap();
        declare(&channel, "q", &[]).await.unwrap();
        let text = format!(
            "PRECONDITION_FAILED - inequivalent arg 'x-queue-type' for queue 'q' in vhost '{vhost}': received 'classic' \
             but current is 'quorum'"
        );
        assert_eq!(refusal(declare(&channel, "q", &[("x-queue-type", "classic".into())]).await), (406, text));
        // What cannot be of that type is classic.
        let channel = connection.create_channel().await.unwrap();
        let exclusive = QueueDeclareOptions { exclusive: true, ..QueueDeclareOptions::default() };
        let auto = QueueDeclareOptions { durable: true, auto_delete: true, ..QueueDeclareOptions::default() };
        for (name, options) in [("exclusive", exclusive), ("auto", auto)] {
            channel.queue_declare(name.into(), options, FieldTable::default()).await.unwrap();
            let arguments = &get(&broker, &format!("/api/queues/{{vhost}}/{name}"))["arguments"];
            assert_eq!(arguments, &json!({"x-queue-type": "classic"}), "{name}");
        }
        put(&broker, "/api/vhosts/{vhost}", json!({"default_queue_type": "stream"}));
        declare(&channel, "s", &[]).await.unwrap();
        assert_eq!(get(&broker, "/api/queues/{vhost}/s")["type"], "stream");
    });
}

#[test]
fn a_queue_without_a_type_is_classic_to_those_who_want_another() {
    let broker = Broker::start();
    let vhost = &broker.vhost;
    run(async {
        let (_connection, channel) = open(&broker).await;
        declare(&channel, "q", &[]).await.unwrap();
        declare(&channel, "q", &[("x-queue-type", "classic".into())]).await.unwrap();
        let text = format!(
            "PRECONDITION_FAILED - inequivalent arg 'x-queue-type' for queue 'q' in vhost '{vhost}': received 'quorum' \
             but current is 'classic'"
        );
        assert_eq!(refusal(declare(&channel, "q", &[("x-queue-type", "quorum".into())]).await), (406, text));
    });
}

#[test]
fn a_default_that_is_no_type_is_refused() {
    let broker = Broker::start();
    for (kind, reason) in
        [("bogus", "bogus is not a valid queue type"), ("", "default_queue_type must not be an empty string")]
    {
        let answer = ask(&broker, "PUT", "/api/vhosts/{vhost}", &json!({"default_queue_type": kind}));
        assert_eq!(answer, (400, json!({"error": "bad_request", "reason": reason})));
    }
}

#[test]
fn where_queues_are_to_live_is_accepted_and_shown() {
    let broker = Broker::start();
    let vhost = &broker.vhost;
    run(async {
        let (connection, channel) = open(&broker).await;
        let node = get(&broker, "/api/overview")["node"].clone();
        for kind in ["classic", "quorum", "stream"] {
            for locator in ["client-local", "balanced"] {
                let name = format!("{kind}-{locator}");
                let arguments =
                    [("x-queue-type", kind.into()), ("x-queue-leader-locator", Value::from(locator))];
                declare(&channel, &name, &arguments).await.unwrap();
                let shown = &get(&broker, &format!("/api/queues/{{vhost}}/{name}"))["arguments"];
                assert_eq!(shown, &json!({"x-queue-type": kind, "x-queue-leader-locator": locator}));
            }
        }
        for (kind, key) in [("quorum", "x-quorum-initial-group-size"), ("stream", "x-initial-cluster-size")] {
            let arguments = [("x-queue-type", kind.into()), (key, Value::from(3))];
            declare(&channel, key, &arguments).await.unwrap();
            let shown = get(&broker, &format!("/api/queues/{{vhost}}/{key}"));
            assert_eq!(shown["arguments"], json!({"x-queue-type": kind, key: 3}));
            // As many as there are nodes.
            assert_eq!((&shown["leader"], &shown["members"]), (&node, &json!([node])));
        }
        for (kind, key, value, why) in [
            ("quorum", "x-queue-leader-locator", json!("x"), "invalid_queue_locator_arg"),
            ("quorum", "x-queue-leader-locator", json!(5), "{unacceptable_type,long}"),
            ("quorum", "x-quorum-initial-group-size", json!(0), "{value_zero,0}"),
            ("classic", "x-queue-version", json!(1), "\"unsupported queue version '1'\""),
        ] {
            let channel = confirming(&connection).await;
            let refused =
                refusal(declare(&channel, "bad", &[("x-queue-type", kind.into()), (key, value)]).await);
            let text = format!(
                "PRECONDITION_FAILED - invalid arg '{key}' for queue 'bad' in vhost '{vhost}': {why}"
            );
            assert_eq!(refused, (406, text));
        }
        let channel = confirming(&connection).await;
        let arguments = [("x-queue-type", "classic".into()), ("x-quorum-initial-group-size", Value::from(1))];
        let text = format!(
            "PRECONDITION_FAILED - invalid arg 'x-quorum-initial-group-size' for queue 'bad' in vhost '{vhost}' of queue \
             type rabbit_classic_queue"
        );
        assert_eq!(refusal(declare(&channel, "bad", &arguments).await), (406, text));
    });
}
