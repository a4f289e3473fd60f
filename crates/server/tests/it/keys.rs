//! The JSON keys and types of the main objects, held against what RabbitMQ 3.10.8 answered.

use std::collections::BTreeMap;

use serde_json::Value;
use warren_model::properties::BasicProperties;

use crate::support::Server;

/// Keys of the Erlang runtime or of statistics that only its design has; clients have to live without them.
const ERLANG: &[&str] = &[
    "garbage_collection",
    "reductions",
    "reductions_details",
    "backing_queue_status",
    "recoverable_slaves",
    "pending_raft_commands",
    "release_series_support_status",
    "sample_retention_policies",
    "net_ticktime",
    "ra_open_file_metrics",
    "metrics_gc_queue_length",
    "incoming",
    "outgoing",
    "deliveries",
    "publishes",
    "idle_since",
    "user_who_performed_action",
    "message_stats",
];

/// Gauges of a node that come from Erlang's schedulers, Mnesia and its file server.
const ERLANG_NODE: &[&str] = &[
    "gc_",
    "io_",
    "mnesia_",
    "msg_store_",
    "queue_index_",
    "context_switches",
    "connection_",
    "channel_",
    "queue_",
    "fd_used_",
    "mem_used_",
    "disk_free_",
    "proc_used_",
    "sockets_used_",
];

fn recorded() -> BTreeMap<String, BTreeMap<String, String>> {
    serde_json::from_str(include_str!("rabbitmq-3.10.8-keys.json")).unwrap()
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

/// What the object lacks, or has with another type. Null stands for any type: it says that there is no value now.
fn differences(object: &Value, name: &str) -> Vec<String> {
    let recorded = recorded();
    let expected = &recorded[name];
    let of_erlang = |key: &str| {
        ERLANG.contains(&key) || (name == "node" && ERLANG_NODE.iter().any(|prefix| key.starts_with(prefix)))
    };
    let mut differences = Vec::new();
    for (key, wanted) in expected.iter().filter(|(key, _)| !of_erlang(key)) {
        match object.get(key).map(kind) {
            None => differences.push(format!("{name}.{key} is missing")),
            Some(found) if found != wanted && found != "null" && wanted != "null" => {
                differences.push(format!("{name}.{key} is a {found}, not a {wanted}"));
            }
            Some(_) => {}
        }
    }
    differences
}

#[test]
fn the_main_objects_have_rabbitmqs_keys() {
    let server = Server::start();
    let mut client = server.amqp("c");
    client.channel(1);
    client.confirm(1);
    client.declare(1, "q", true, false);
    client.declare(1, "x", false, true);
    client.publish(1, "q", b"x", &BasicProperties::default());
    client.consume(1, "q", "t", 5);
    server.eventually("/api/queues/%2F/q", |queue| queue["messages_unacknowledged"] == 1);
    let connection = server.guest("GET", "/api/connections", None, 200)[0].clone();
    let connection_path =
        format!("/api/connections/{}", warren_api::encode_segment(connection["name"].as_str().unwrap()));
    let get = |path: &str| {
        let body = server.guest("GET", path, None, 200);
        if body.is_array() { body[0].clone() } else { body }
    };
    let objects = [
        ("overview", get("/api/overview")),
        ("node", get("/api/nodes")),
        ("vhost", get("/api/vhosts")),
        ("vhosts/one", get("/api/vhosts/%2F")),
        ("user", get("/api/users")),
        ("whoami", get("/api/whoami")),
        ("permission", get("/api/permissions")),
        ("exchange", get("/api/exchanges")),
        ("exchanges/one", get("/api/exchanges/%2F/amq.topic")),
        ("queue", get("/api/queues")),
        ("queues/one", get("/api/queues/%2F/q")),
        ("queues/exclusive", get("/api/queues/%2F/x")),
        ("binding", get("/api/bindings")),
        ("connection", connection),
        ("connections/one", get(&connection_path)),
        ("channel", get("/api/channels")),
        ("consumer", get("/api/consumers")),
    ];
    let differences: Vec<String> =
        objects.iter().flat_map(|(name, object)| differences(object, name)).collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
