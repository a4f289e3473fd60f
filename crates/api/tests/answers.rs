//! Answers of other nodes are read as they are. What RabbitMQ 3.10.8 sent is in `rabbitmq-3.10/`; what LavinMQ and RabbitMQ
//! 4.x send differently is written out here.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use warren_api::bindings::Binding;
use warren_api::channels::Channel;
use warren_api::connections::Connection;
use warren_api::consumers::Consumer;
use warren_api::exchanges::Exchange;
use warren_api::nodes::Node;
use warren_api::overview::Overview;
use warren_api::permissions::Permission;
use warren_api::queues::Queue;
use warren_api::users::User;
use warren_api::vhosts::VHost;
use warren_api::whoami::WhoAmI;

/// Keys of RabbitMQ that describe its Erlang runtime and parts that Warren does not have.
const ERLANGS: &[&str] = &[
    "backing_queue_status",
    "garbage_collection",
    "reductions",
    "reductions_details",
    "recoverable_slaves",
    "deliveries",
    "incoming",
    "outgoing",
    "pending_raft_commands",
    "sample_retention_policies",
    "release_series_support_status",
    "socket_opts",
    "cowboy_opts",
    "ssl_opts",
    "net_ticktime",
    "ra_open_file_metrics",
    "metrics_gc_queue_length",
];

/// Prefixes of such keys.
const ERLANGS_PREFIXES: &[&str] =
    &["io_", "gc_", "mnesia_", "msg_store_", "queue_index_", "context_switches", "disk_reads", "disk_writes"];

/// Every key that RabbitMQ sent is written again, with the same value, unless it is one of Erlang's.
fn assert_kept(path: &str, sent: &Value, written: &Value) {
    match (sent, written) {
        (Value::Object(sent), Value::Object(written)) => {
            for (key, value) in sent {
                let erlangs = ERLANGS.contains(&key.as_str())
                    || ERLANGS_PREFIXES.iter().any(|prefix| key.starts_with(prefix));
                match written.get(key) {
                    Some(own) => assert_kept(&format!("{path}.{key}"), value, own),
                    None => assert!(erlangs || counted_by_nodes(path, key), "{path}.{key} is lost"),
                }
            }
        }
        (Value::Array(sent), Value::Array(written)) => {
            assert_eq!(sent.len(), written.len(), "{path}");
            for (at, (sent, written)) in sent.iter().zip(written).enumerate() {
                assert_kept(&format!("{path}[{at}]"), sent, written);
            }
        }
        (sent, written) => assert_eq!(sent, written, "{path}"),
    }
}

/// Nodes also carry rates of gauges, and the churn that the overview has.
fn counted_by_nodes(path: &str, key: &str) -> bool {
    let churn = ["connection_", "channel_", "queue_"].iter().any(|prefix| key.starts_with(prefix));
    path.starts_with("nodes") && (key.ends_with("_details") || churn)
}

fn kept<T: DeserializeOwned + Serialize>(name: &str, text: &str) -> T {
    let sent: Value = serde_json::from_str(text).unwrap();
    let read: T = serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_kept(name, &sent, &serde_json::to_value(&read).unwrap());
    read
}

macro_rules! kept {
    ($type:ty, $file:literal) => {
        kept::<$type>($file, include_str!(concat!("rabbitmq-3.10/", $file, ".json")))
    };
}

#[test]
fn what_rabbitmq_sends_is_read_and_written_again() {
    assert_eq!(
        kept!(Vec<User>, "users")[0].hashing_algorithm.as_deref(),
        Some("rabbit_password_hashing_sha256")
    );
    assert_eq!(kept!(WhoAmI, "whoami").name, "guest");
    assert_eq!(kept!(Vec<Permission>, "permissions")[0].configure, ".*");
    assert_eq!(kept!(Vec<VHost>, "vhosts")[0].name, "/");
    assert_eq!(kept!(Vec<Exchange>, "exchanges")[0].kind, "direct");
    assert!(kept!(Vec<Queue>, "queues").iter().any(|queue| queue.messages_unacknowledged == Some(2)));
    assert_eq!(kept!(Queue, "queue").consumer_details.unwrap()[0].consumer_tag, "ctag");
    assert!(
        kept!(Vec<Binding>, "bindings").iter().any(|binding| binding.arguments.get("n") == Some(&json!(3)))
    );
    assert_eq!(kept!(Vec<Connection>, "connections")[0].user_provided_name.as_deref(), Some("seeder"));
    assert_eq!(kept!(Vec<Channel>, "channels")[0].prefetch_count, 2);
    assert_eq!(kept!(Vec<Consumer>, "consumers")[0].queue.name, "hello");
    assert_eq!(kept!(Overview, "overview").listeners.len(), 3);
    assert!(kept!(Vec<Node>, "nodes")[0].mem_used.unwrap() > 0);
}

#[test]
fn what_lavinmq_sends_otherwise_is_read() {
    let queue: Queue = serde_json::from_value(json!({
        "name": "q", "durable": true, "arguments": {}, "consumers": 0, "vhost": "/", "messages": 3, "total_bytes": 9,
        "ready": 2, "messages_ready": 2, "unacked": 1, "messages_unacknowledged": 1, "policy": null, "state": "running",
        "message_stats": {"ack": 1, "ack_details": {"rate": 0.0, "log": [0.0]}, "reject": 2}, "effective_arguments": []
    }))
    .unwrap();
    assert_eq!((queue.messages, queue.messages_ready, queue.kind.as_str()), (Some(3), Some(2), ""));
    let overview: Overview = serde_json::from_value(json!({
        "lavinmq_version": "2.9.1", "product_name": "LavinMQ", "node": "host", "uptime": 5,
        "object_totals": {"channels": 0, "connections": 1, "consumers": 0, "exchanges": 7, "queues": 0, "bindings": 0},
        "queue_totals": {"messages": 0, "messages_ready": 0, "messages_unacknowledged": 0, "messages_log": []},
        "listeners": [{"ip_address": "127.0.0.1", "port": 5672, "protocol": "amqp"}],
        "exchange_types": [{"name": "direct", "human": "Direct"}]
    }))
    .unwrap();
    assert_eq!(overview.lavinmq_version.as_deref(), Some("2.9.1"));
    let node: Node =
        serde_json::from_value(json!({"name": "host", "running": true, "uptime": 7, "os_pid": 17})).unwrap();
    assert_eq!(node.os_pid, Some(json!(17)));
    let user: User = serde_json::from_value(
        json!({"name": "u", "password_hash": "", "hashing_algorithm": null, "tags": ""}),
    )
    .unwrap();
    assert!(user.tags.0.is_empty());
}

#[test]
fn what_rabbitmq_4_sends_otherwise_is_read() {
    let queue: Queue = serde_json::from_value(json!({
        "name": "q", "vhost": "/", "type": "quorum", "leader": "a@h", "members": ["a@h"], "online": ["a@h"],
        "state": "running", "consumer_utilisation": 1.0, "head_message_timestamp": 1700000000, "storage_version": 2,
        "messages": 1, "messages_details": {"rate": 0.2, "avg": 0.1, "avg_rate": 0.1, "samples": []}
    }))
    .unwrap();
    assert_eq!(queue.messages_details.unwrap().rate, 0.2);
    let vhost: VHost = serde_json::from_value(json!({
        "name": "/", "description": "", "tags": [], "default_queue_type": "classic", "protected_from_deletion": false,
        "metadata": {"description": "", "tags": [], "default_queue_type": "classic"}, "tracing": false, "cluster_state": {}
    }))
    .unwrap();
    assert_eq!(vhost.default_queue_type.as_deref(), Some("classic"));
}
