//! Policies as a client notices them: what they apply to, and what changes while it has the queue or exchange.

use lapin::options::{ExchangeDeclareOptions, QueueBindOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Confirmation, ExchangeKind};
use serde_json::{Value, json};

use super::client::{ask, becomes, confirming, declare, delete, get, open, publish, put, ready, run};
use crate::harness::Broker;

async fn bind(channel: &Channel, queue: &str, exchange: &str) {
    let options = QueueBindOptions::default();
    channel
        .queue_bind(queue.into(), exchange.into(), "".into(), options, FieldTable::default())
        .await
        .unwrap();
}

/// Waits until the API shows that policy, operator policy and definition at a queue.
async fn applies(broker: &Broker, queue: &str, expected: Value) {
    let path = format!("/api/queues/{{vhost}}/{queue}");
    becomes(queue, expected, async || {
        let shown = get(broker, &path);
        json!([shown["policy"], shown["operator_policy"], shown["effective_policy_definition"]])
    })
    .await;
}

#[test]
fn the_one_of_the_highest_priority_applies_where_its_pattern_is_found() {
    let broker = Broker::start();
    run(async {
        let (_connection, channel) = open(&broker).await;
        declare(&channel, "q1", &[]).await.unwrap();
        put(&broker, "/api/policies/{vhost}/low", json!({"pattern": "^q", "definition": {"max-length": 10}}));
        put(
            &broker,
            "/api/policies/{vhost}/high",
            json!({"pattern": "2$", "priority": 1, "definition": {"expires": 3600000}}),
        );
        declare(&channel, "q2", &[]).await.unwrap();
        declare(&channel, "other", &[]).await.unwrap();
        applies(&broker, "q1", json!(["low", null, {"max-length": 10}])).await;
        applies(&broker, "q2", json!(["high", null, {"expires": 3600000}])).await;
        applies(&broker, "other", json!([null, null, {}])).await;
        // Nothing is merged, and what has gone leaves room to the next.
        delete(&broker, "/api/policies/{vhost}/high");
        applies(&broker, "q2", json!(["low", null, {"max-length": 10}])).await;
        delete(&broker, "/api/policies/{vhost}/low");
        applies(&broker, "q2", json!([null, null, {}])).await;
    });
}

#[test]
fn kinds_of_queues_have_policies_of_their_own() {
    let broker = Broker::start();
    run(async {
        let (_connection, channel) = open(&broker).await;
        for kind in ["classic", "quorum", "stream"] {
            declare(&channel, kind, &[("x-queue-type", kind.into())]).await.unwrap();
        }
        let set = |name: &str, priority: u32, apply_to: &str, definition: Value| {
            let path = format!("/api/policies/{{vhost}}/{name}");
            let body = json!({"pattern": ".*", "priority": priority, "apply-to": apply_to, "definition": definition});
            put(&broker, &path, body);
        };
        set("all", 1, "all", json!({"max-length-bytes": 1_000_000}));
        for kind in ["classic", "quorum", "stream"] {
            applies(&broker, kind, json!(["all", null, {"max-length-bytes": 1_000_000}])).await;
        }
        set("q", 2, "quorum_queues", json!({"delivery-limit": 7}));
        // A policy with a key that a kind of queue does not know is not for that kind, whatever it is applied to.
        set("age", 3, "queues", json!({"max-age": "1D"}));
        set("c", 4, "classic_queues", json!({"queue-version": 2}));
        set("x", 5, "exchanges", json!({"alternate-exchange": "amq.fanout"}));
        applies(&broker, "classic", json!(["c", null, {"queue-version": 2}])).await;
        applies(&broker, "quorum", json!(["q", null, {"delivery-limit": 7}])).await;
        applies(&broker, "stream", json!(["age", null, {"max-age": "1D"}])).await;
        assert_eq!(get(&broker, "/api/exchanges/{vhost}/amq.topic")["policy"], "x");
    });
}

#[test]
fn messages_expire_and_go_elsewhere_as_long_as_a_policy_says_so() {
    let broker = Broker::start();
    run(async {
        let (connection, channel) = open(&broker).await;
        let confirming = confirming(&connection).await;
        for queue in ["changing", "steady", "dead"] {
            declare(&channel, queue, &[]).await.unwrap();
        }
        bind(&channel, "dead", "amq.fanout").await;
        let definition = json!({"dead-letter-exchange": "amq.fanout", "message-ttl": 50});
        let set = |pattern: &str| {
            put(&broker, "/api/policies/{vhost}/ttl", json!({"pattern": pattern, "definition": definition}));
        };
        set("^(changing|steady)$");
        applies(&broker, "changing", json!(["ttl", null, definition])).await;
        publish(&confirming, "", "changing", "meanwhile").await.unwrap();
        becomes("what came has expired", 1, async || ready(&channel, "dead").await).await;
        set("^steady$");
        // When the policy has gone from the queue, messages stay for as long as others of its age do not.
        applies(&broker, "changing", json!([null, null, {}])).await;
        publish(&confirming, "", "changing", "after").await.unwrap();
        publish(&confirming, "", "steady", "after").await.unwrap();
        becomes("those of the other queue have expired", 2, async || ready(&channel, "dead").await).await;
        assert_eq!((ready(&channel, "changing").await, ready(&channel, "steady").await), (1, 0));
    });
}

#[test]
fn a_queue_is_as_long_as_its_policy_permits_at_the_time() {
    let broker = Broker::start();
    run(async {
        let (connection, channel) = open(&broker).await;
        let confirming = confirming(&connection).await;
        declare(&channel, "q", &[]).await.unwrap();
        for number in 0..10 {
            publish(&confirming, "", "q", &number.to_string()).await.unwrap();
        }
        put(&broker, "/api/policies/{vhost}/p", json!({"pattern": "^q$", "definition": {"max-length": 4}}));
        becomes("the head is dropped", 4, async || ready(&channel, "q").await).await;
        let first =
            channel.basic_get("q".into(), lapin::options::BasicGetOptions { no_ack: true }).await.unwrap();
        assert_eq!(first.unwrap().data, b"6");
        publish(&confirming, "", "q", "10").await.unwrap();
        let definition = json!({"max-length": 4, "overflow": "reject-publish"});
        put(&broker, "/api/policies/{vhost}/p", json!({"pattern": "^q$", "definition": definition}));
        let confirmed = async || publish(&confirming, "", "q", "more").await.unwrap();
        becomes("the new one is refused", Confirmation::Nack(None), confirmed).await;
        delete(&broker, "/api/policies/{vhost}/p");
        becomes("the new one is taken", Confirmation::Ack(None), confirmed).await;
        let before = ready(&channel, "q").await;
        assert!(confirmed().await == Confirmation::Ack(None) && ready(&channel, "q").await == before + 1);
    });
}

#[test]
fn an_exchange_has_an_alternate_as_long_as_a_policy_names_it() {
    let broker = Broker::start();
    run(async {
        let (connection, channel) = open(&broker).await;
        let confirming = confirming(&connection).await;
        let options = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
        let direct = ExchangeKind::Direct;
        channel.exchange_declare("e".into(), direct, options, FieldTable::default()).await.unwrap();
        declare(&channel, "q", &[]).await.unwrap();
        bind(&channel, "q", "amq.fanout").await;
        let returned =
            async || publish(&confirming, "e", "nowhere", "x").await.unwrap().take_message().is_some();
        assert!(returned().await && ready(&channel, "q").await == 0);
        let definition = json!({"alternate-exchange": "amq.fanout"});
        put(&broker, "/api/policies/{vhost}/ae", json!({"pattern": "^e$", "definition": definition}));
        becomes("it is routed", false, returned).await;
        assert_eq!(ready(&channel, "q").await, 1);
        delete(&broker, "/api/policies/{vhost}/ae");
        becomes("it comes back", true, returned).await;
    });
}

#[test]
fn an_operator_policy_limits_what_a_policy_may_give() {
    let broker = Broker::start();
    run(async {
        let (connection, channel) = open(&broker).await;
        let confirming = confirming(&connection).await;
        declare(&channel, "q", &[("x-max-length", 8.into())]).await.unwrap();
        let definition = json!({"max-length": 10, "message-ttl": 3600000, "overflow": "drop-head"});
        put(&broker, "/api/policies/{vhost}/p", json!({"pattern": ".*", "definition": definition}));
        let definition = json!({"max-length": 3, "message-ttl": 7200000, "expires": 3600000});
        put(&broker, "/api/operator-policies/{vhost}/o", json!({"pattern": "^q", "definition": definition}));
        let merged =
            json!({"expires": 3600000, "max-length": 3, "message-ttl": 3600000, "overflow": "drop-head"});
        applies(&broker, "q", json!(["p", "o", merged])).await;
        for number in 0..5 {
            publish(&confirming, "", "q", &number.to_string()).await.unwrap();
        }
        becomes("the operator's number counts", 3, async || ready(&channel, "q").await).await;
        put(
            &broker,
            "/api/operator-policies/{vhost}/o",
            json!({"pattern": "^q", "definition": {"overflow": "reject-publish"}}),
        );
        let merged = json!({"max-length": 10, "message-ttl": 3600000, "overflow": "reject-publish"});
        applies(&broker, "q", json!(["p", "o", merged])).await;
        delete(&broker, "/api/operator-policies/{vhost}/o");
        applies(
            &broker,
            "q",
            json!(["p", null, {"max-length": 10, "message-ttl": 3600000, "overflow": "drop-head"}]),
        )
        .await;
        for number in 0..10 {
            publish(&confirming, "", "q", &number.to_string()).await.unwrap();
        }
        // Of the policy and the argument, too, the smaller number counts.
        becomes("the argument's number counts", 8, async || ready(&channel, "q").await).await;
    });
}

#[test]
fn what_is_wrong_with_a_definition_is_said() {
    let broker = Broker::start();
    let p = |layer: &str, body: Value| {
        let (status, answer) = ask(&broker, "PUT", &format!("/api/{layer}/{{vhost}}/p"), &body);
        let reason = answer["reason"].as_str().unwrap_or_default();
        (status, reason.strip_prefix("Validation failed\n\n").unwrap_or(reason).to_owned())
    };
    for (definition, text) in [
        (json!({}), "no policy provided\n"),
        (json!({"bogus": 1}), "[{<<\"bogus\">>,1}] are not recognised policy settings\n"),
        (json!({"message-ttl": "x"}), "<<\"x\">> is not a valid message TTL\n"),
        (json!({"message-ttl": -1}), "-1 is not a valid message TTL\n"),
        (json!({"expires": 0}), "0 is not a valid queue expiry\n"),
        (json!({"max-length": 1.5}), "1.5 is not a valid maximum length\n"),
        (json!({"overflow": "x"}), "<<\"x\">> is not a valid overflow value\n"),
        (json!({"dead-letter-exchange": 5}), "5 is not a valid dead letter exchange name\n"),
        (json!({"alternate-exchange": 5}), "5 is not a valid alternate exchange name\n"),
        (json!({"target-group-size": 0}), "0 is not a valid qq target count value\n"),
        (json!({"stream-filter-size-bytes": 5}), "5 is not a valid filter size. Valid range is 16-255\n"),
        (
            json!({"stream-max-segment-size-bytes": 3_000_000_001_i64}),
            "3000000001 is not a valid segment size\n",
        ),
        (
            json!({"queue-master-locator": "min-masters"}),
            "use of deprecated queue-master-locator argument is not permitted\n",
        ),
    ] {
        let body = json!({"pattern": ".*", "definition": definition});
        assert_eq!(p("policies", body), (400, text.to_owned()), "{definition}");
    }
    let good = json!({"max-length": 1});
    for (body, text) in [
        (json!({"pattern": ".*"}), "[{key_missing,definition}]"),
        (json!({"definition": good}), "[{key_missing,pattern}]"),
        (json!({"pattern": 5, "definition": good}), "pattern should be a binary but was 5\n"),
        (
            json!({"pattern": ".*", "definition": good, "priority": "x"}),
            "priority should be a number, actually was <<\"x\">>\n",
        ),
        (
            json!({"pattern": ".*", "definition": {}, "priority": "x", "apply-to": "y"}),
            "no policy provided\napply-to 'y' unrecognised; should be one of: 'queues', 'classic_queues',  \
             'quorum_queues', 'streams', 'exchanges', or 'all'\npriority should be a number, actually was <<\"x\">>\n",
        ),
    ] {
        for layer in ["policies", "operator-policies"] {
            assert_eq!(p(layer, body.clone()), (400, text.to_owned()), "{layer} {body}");
        }
    }
    // Why a regular expression is none is said in the words of whoever reads it.
    let (status, text) = p("policies", json!({"pattern": "(", "definition": good}));
    assert!(
        status == 400 && text.starts_with("pattern should be regular expression but is invalid: "),
        "{text}"
    );
    assert_eq!(
        p("operator-policies", json!({"pattern": ".*", "definition": {"dead-letter-exchange": "x"}})),
        (400, "[{<<\"dead-letter-exchange\">>,<<\"x\">>}] are not recognised policy settings\n".to_owned())
    );
    assert_eq!(get(&broker, "/api/policies/{vhost}"), json!([]));
}
