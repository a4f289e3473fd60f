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

const VHOST_DEFAULTS: &str = "\
    default_limits.vhosts.1.pattern = ^dev\n\
    default_limits.vhosts.1.max_connections = 7\n\
    default_limits.vhosts.1.max_queues = 9\n\
    default_limits.vhosts.2.pattern = .*\n\
    default_limits.vhosts.2.max_queues = 50\n\
    default_policies.operator.len.vhost_pattern = ^dev\n\
    default_policies.operator.len.queue_pattern = ^q\n\
    default_policies.operator.len.max_length = 3\n\
    default_policies.operator.len.message_ttl = 60s\n\
    default_policies.operator.all.expires = 1h\n\
    default_policies.operator.all.max_length_bytes = 1MB\n\
    default_policies.operator.all.delivery_limit = 5\n\
    default_policies.operator.all.classic_queues.queue_version = 2\n\
    default_users.alpha.vhost_pattern = ^dev\n\
    default_users.alpha.tags = policymaker, monitoring\n\
    default_users.alpha.password = secret\n\
    default_users.alpha.configure = ^c\n\
    default_users.alpha.read = .*\n\
    default_users.beta.vhost_pattern = .*\n\
    default_users.beta.tags = administrator\n\
    default_users.beta.configure = .*\n\
    default_users.beta.read = .*\n\
    default_users.beta.write = .*\n";

/// What a virtual host is given when it is created: limits, operator policies by name, permissions by user.
fn given(broker: &Broker, vhost: &str) -> Value {
    let by = |path: &str, key: &str| {
        let items = get(broker, path).as_array().unwrap().clone().into_iter();
        items.map(|item| (item[key].as_str().unwrap().to_owned(), item)).collect::<serde_json::Map<_, _>>()
    };
    let mut permissions = by(&format!("/api/vhosts/{vhost}/permissions"), "user");
    // Who created it.
    permissions.remove("guest");
    let policies = by(&format!("/api/operator-policies/{vhost}"), "name");
    json!([get(broker, &format!("/api/vhost-limits/{vhost}")), policies, permissions])
}

#[test]
fn new_virtual_hosts_are_given_limits_operator_policies_and_users() {
    let Some(broker) = Broker::start_configured(VHOST_DEFAULTS) else { return };
    let names = ["dev", "other"].map(|name| format!("{name}-{}", std::process::id()));
    for name in &names {
        assert_eq!(ask(&broker, "PUT", &format!("/api/vhosts/{name}"), &json!({})).0, 201);
    }
    let found = names.each_ref().map(|name| given(&broker, name));
    let users = ["alpha", "beta"].map(|name| get(&broker, &format!("/api/users/{name}")));
    let connected = run(async {
        let connect = async |user: &str, vhost: &str| {
            let uri = format!("amqp://{user}:secret@{}/{vhost}", broker.amqp);
            Connection::connect(&uri, lapin::ConnectionProperties::default()).await
        };
        (
            connect("alpha", &names[0]).await,
            connect("alpha", &names[1]).await,
            connect("beta", &names[0]).await,
        )
    });
    for name in &names {
        ask(&broker, "DELETE", &format!("/api/vhosts/{name}"), &Value::Null);
    }
    let all = |vhost: &str| {
        let definition = json!({"expires": 3_600_000, "max-length-bytes": 1_048_576, "delivery-limit": 5, "queue-version": 2});
        json!({"vhost": vhost, "name": "all", "pattern": ".*", "apply-to": "all", "definition": definition, "priority": 0})
    };
    let len = json!({"vhost": names[0], "name": "len", "pattern": "^q", "apply-to": "all",
        "definition": {"max-length": 3, "message-ttl": 60_000}, "priority": 0});
    let permission = |user: &str, vhost: &str, configure: &str| json!({"user": user, "vhost": vhost, "configure": configure, "write": ".*", "read": ".*"});
    let [dev, other] = &names;
    let limits = |vhost: &str, limits: Value| json!([{"vhost": vhost, "value": limits}]);
    assert_eq!(
        found[0],
        json!([
            limits(dev, json!({"max-connections": 7, "max-queues": 9})),
            {"all": all(dev), "len": len},
            {"alpha": permission("alpha", dev, "^c"), "beta": permission("beta", dev, ".*")}
        ])
    );
    assert_eq!(
        found[1],
        json!([
            limits(other, json!({"max-queues": 50})),
            {"all": all(other)},
            {"beta": permission("beta", other, ".*")}
        ])
    );
    assert_eq!(
        users.each_ref().map(|user| &user["tags"]),
        [&json!(["policymaker", "monitoring"]), &json!(["administrator"])]
    );
    let (own, foreign, without_password) = connected;
    own.unwrap();
    assert_eq!(refusal(foreign).0, 530);
    assert_eq!(refusal(without_password).0, 403);
}
