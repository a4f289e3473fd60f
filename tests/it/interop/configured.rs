//! What only the configuration can say, as a client notices it: limits of the node, types of queues that are disabled,
//! deprecated features that are denied.

use lapin::options::{BasicConsumeOptions, BasicQosOptions, ExchangeDeclareOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, ExchangeKind};
use serde_json::{Value, json};

use super::client::{ask, becomes, connect, declare, get, publish, ready, refusal, run};
use crate::harness::Broker;

/// The node that a test runs on, by name.
fn node(broker: &Broker) -> String {
    get(broker, "/api/overview")["node"].as_str().unwrap().to_owned()
}

/// A channel on a new connection, as soon as the node has room for one more.
async fn open_when_there_is_room(broker: &Broker) -> (Connection, Channel) {
    let mut opened = None;
    becomes("there is room", true, async || {
        if let Ok(connection) = connect(broker).await
            && let Ok(channel) = connection.create_channel().await
        {
            opened = Some((connection, channel));
        }
        opened.is_some()
    })
    .await;
    opened.unwrap()
}

#[test]
fn a_node_has_so_many_connections_channels_queues_and_exchanges() {
    let config = "max_connections = 3\nchannel_max_per_node = 4\ncluster_queue_limit = 4\ncluster_exchange_limit = 60\n";
    let Some(broker) = Broker::start_configured(config) else { return };
    let vhost = &broker.vhost;
    run(async {
        let (connection, channel) = open_when_there_is_room(&broker).await;
        let mut open = vec![connect(&broker).await.unwrap()];
        // Another one may just be on its way out.
        let refused = loop {
            match connect(&broker).await {
                Ok(connection) => open.push(connection),
                refused => break refusal(refused),
            }
        };
        assert_eq!(
            refused,
            (530, "NOT_ALLOWED - connection refused: node connection limit (3) is reached".into())
        );
        assert_eq!(open.len(), 2);
        for number in 0..4 {
            declare(&channel, &format!("q{number}"), &[]).await.unwrap();
        }
        declare(&channel, "q0", &[]).await.unwrap();
        let text = "PRECONDITION_FAILED - cannot declare queue 'x': queue limit in cluster (4) is reached";
        assert_eq!(refusal(declare(&channel, "x", &[]).await), (406, text.into()));
        let channel = connection.create_channel().await.unwrap();
        let declared = async |name: String| {
            let (options, arguments) = (ExchangeDeclareOptions::default(), FieldTable::default());
            channel.exchange_declare(name.as_str().into(), ExchangeKind::Direct, options, arguments).await
        };
        let mut number = 0;
        let refused = loop {
            match declared(format!("e{number}")).await {
                Ok(()) => number += 1,
                refused => break refusal(refused),
            }
        };
        let text = format!(
            "PRECONDITION_FAILED - cannot declare exchange 'e{number}' in vhost '{vhost}': exchange limit of 60 is reached"
        );
        assert_eq!(refused, (406, text));
        let mut channels = Vec::new();
        let refused = loop {
            match open[0].create_channel().await {
                Ok(channel) => channels.push(channel),
                refused => break refusal(refused),
            }
        };
        let text = format!(
            "NOT_ALLOWED - number of channels opened on node '{}' has reached the maximum allowed limit of 4",
            node(&broker)
        );
        assert_eq!(refused, (530, text));
        assert!(channels.len() <= 4, "{} channels", channels.len());
    });
}

#[test]
fn there_are_so_many_virtual_hosts() {
    let Some(broker) = Broker::start_configured("vhost_max = 5\n") else { return };
    let name = |number: usize| format!("interop-{}-{number}", std::process::id());
    let mut number = 0;
    let (status, answer) = loop {
        let (status, answer) = ask(&broker, "PUT", &format!("/api/vhosts/{}", name(number)), &json!({}));
        if status != 201 {
            break (status, answer);
        }
        number += 1;
    };
    for number in 0..number {
        ask(&broker, "DELETE", &format!("/api/vhosts/{}", name(number)), &Value::Null);
    }
    let reason = format!("cannot create vhost '{}': vhost limit of 5 is reached", name(number));
    assert_eq!((status, answer), (400, json!({"error": "bad_request", "reason": reason})));
}

#[test]
fn types_of_queues_can_be_disabled() {
    let Some(broker) = Broker::start_configured("queue_types.stream.enabled = false\n") else { return };
    run(async {
        let (_connection, channel) = open_when_there_is_room(&broker).await;
        declare(&channel, "q", &[("x-queue-type", "classic".into())]).await.unwrap();
        let reason = format!(
            "Cannot declare a queue 'queue 's' in vhost '{}'' of type 'rabbit_stream_queue' on node '{}': the \
             corresponding feature flag is disabled",
            broker.vhost,
            node(&broker)
        );
        let refused = refusal(declare(&channel, "s", &[("x-queue-type", "stream".into())]).await);
        assert_eq!(refused, (541, format!("INTERNAL_ERROR - {reason}")));
        let stream = json!({"durable": true, "arguments": {"x-queue-type": "stream"}});
        let answer = ask(&broker, "PUT", "/api/queues/{vhost}/s", &stream);
        assert_eq!(answer, (400, json!({"error": "bad_request", "reason": reason})));
        let answer = ask(&broker, "PUT", "/api/vhosts/{vhost}", &json!({"default_queue_type": "stream"}));
        assert_eq!(
            answer,
            (400, json!({"error": "bad_request", "reason": "queue type stream is not enabled"}))
        );
    });
}

#[test]
fn queues_that_are_neither_durable_nor_exclusive_can_be_denied() {
    let config = "deprecated_features.permit.transient_nonexcl_queues = false\n";
    let Some(broker) = Broker::start_configured(config) else { return };
    run(async {
        let (_connection, channel) = open_when_there_is_room(&broker).await;
        let classic = [("x-queue-type", Value::from("classic"))];
        declare(&channel, "durable", &classic).await.unwrap();
        let exclusive = QueueDeclareOptions { exclusive: true, ..QueueDeclareOptions::default() };
        channel.queue_declare("exclusive".into(), exclusive, FieldTable::default()).await.unwrap();
        let options = QueueDeclareOptions::default();
        let refused =
            refusal(channel.queue_declare("transient".into(), options, FieldTable::default()).await);
        let reason = "Feature `transient_nonexcl_queues` is deprecated.\nIts use is not permitted per the configuration \
                      (overriding the default, which is permitted):\n    \
                      \"deprecated_features.permit.transient_nonexcl_queues = false\"\nIts use will not be permit";
        // A reply text has 255 bytes, and is cut there.
        assert_eq!(refused, (541, format!("INTERNAL_ERROR - {reason}...")));
        let body = json!({"durable": false, "arguments": {"x-queue-type": "classic"}});
        let (status, answer) = ask(&broker, "PUT", "/api/queues/{vhost}/transient", &body);
        let reason = format!(
            "{reason}ted by default in a future minor RabbitMQ version and the feature will be removed from a future major \
             RabbitMQ version; actual versions to be determined.\nTo continue using this feature when it is not \
             permitted by default, set the following parameter in your configuration:\n    \
             \"deprecated_features.permit.transient_nonexcl_queues = true\""
        );
        assert_eq!((status, answer), (400, json!({"error": "bad_request", "reason": reason})));
    });
}

/// Two consumers with a limit of one message get one each, if the limit is not the channel's.
#[test]
fn a_limit_of_a_channel_that_is_denied_is_one_of_each_consumer() {
    let Some(broker) = Broker::start_configured("deprecated_features.permit.global_qos = false\n") else {
        return;
    };
    run(async {
        let (_connection, channel) = open_when_there_is_room(&broker).await;
        declare(&channel, "q", &[("x-queue-type", "classic".into())]).await.unwrap();
        channel.basic_qos(1, BasicQosOptions { global: true }).await.unwrap();
        let mut consumers = Vec::new();
        for tag in ["one", "two"] {
            let (options, arguments) = (BasicConsumeOptions::default(), FieldTable::default());
            consumers.push(channel.basic_consume("q".into(), tag.into(), options, arguments).await.unwrap());
        }
        for _ in 0..3 {
            publish(&channel, "", "q", "x").await.unwrap();
        }
        becomes("each has one", 1, async || ready(&channel, "q").await).await;
    });
}
