//! Connections, channels and consumers of real AMQP clients, as the API shows them.

use serde_json::{Value, json};
use warren_model::properties::BasicProperties;

use crate::support::Server;

fn encode(name: &str) -> String {
    warren_api::encode_segment(name)
}

fn first_name(list: &Value) -> String {
    list[0]["name"].as_str().unwrap().to_owned()
}

#[test]
fn a_client_is_seen_at_work() {
    let server = Server::start();
    let mut client = server.amqp("worker");
    client.channel(1);
    client.declare(1, "q", true, false);
    client.confirm(1);
    for _ in 0..3 {
        client.publish(1, "q", b"hello", &BasicProperties::default());
    }
    client.consume(1, "q", "tag", 2);
    let queue = server.eventually("/api/queues/%2F/q", |queue| queue["messages_unacknowledged"] == 2);
    assert_eq!(
        (&queue["messages"], &queue["messages_ready"], &queue["consumers"]),
        (&json!(3), &json!(1), &json!(1))
    );
    assert_eq!((&queue["message_bytes"], &queue["message_bytes_ready"]), (&json!(15), &json!(5)));
    assert_eq!(queue["message_stats"]["publish"], 3);
    assert_eq!(queue["consumer_details"][0]["consumer_tag"], "tag");

    let connections = server.guest("GET", "/api/connections", None, 200);
    let connection = &connections[0];
    assert_eq!(
        (&connection["user"], &connection["vhost"], &connection["channels"]),
        (&json!("guest"), &json!("/"), &json!(1))
    );
    assert_eq!((&connection["user_provided_name"], &connection["timeout"]), (&json!("worker"), &json!(0)));
    assert_eq!((&connection["state"], &connection["protocol"]), (&json!("running"), &json!("AMQP 0-9-1")));
    assert!(connection["recv_oct"].as_u64().unwrap() > 100);
    let name = first_name(&connections);
    assert!(name.ends_with(&format!("-> {}", server.ready["amqp"].as_str().unwrap())), "{name}");

    let channels = server.guest("GET", &format!("/api/connections/{}/channels", encode(&name)), None, 200);
    assert_eq!(channels, server.guest("GET", "/api/channels", None, 200));
    let channel = &channels[0];
    assert_eq!(channel["name"], format!("{name} (1)"));
    assert_eq!(
        (&channel["confirm"], &channel["prefetch_count"], &channel["consumer_count"]),
        (&json!(true), &json!(2), &json!(1))
    );
    assert_eq!(
        (&channel["messages_unacknowledged"], &channel["message_stats"]["publish"]),
        (&json!(2), &json!(3))
    );

    let consumers = server.guest("GET", "/api/consumers", None, 200);
    let consumer = &consumers[0];
    assert_eq!(consumer["queue"], json!({"name": "q", "vhost": "/"}));
    assert_eq!((&consumer["ack_required"], &consumer["prefetch_count"]), (&json!(true), &json!(2)));
    assert_eq!(
        (&consumer["channel_details"]["connection_name"], &consumer["channel_details"]["number"]),
        (&json!(name), &json!(1))
    );
    let one = server.guest("GET", &format!("/api/channels/{}", encode(&first_name(&channels))), None, 200);
    assert_eq!(one["consumer_details"], consumers);
}

#[test]
fn an_administrator_closes_a_connection_with_a_reason() {
    let server = Server::start();
    let mut client = server.amqp("c");
    let name = first_name(&server.guest("GET", "/api/connections", None, 200));
    let path = format!("/api/connections/{}", encode(&name));
    let answer = server.tcp(
        "DELETE",
        &path,
        &[("authorization", "Basic Z3Vlc3Q6Z3Vlc3Q="), ("x-reason", "maintenance")],
        None,
    );
    assert_eq!(answer.status, 204);
    let close = client.until("connection.close");
    assert!(close.contains("320") && close.contains("CONNECTION_FORCED - maintenance"), "{close}");
    client.close_ok();
    drop(client);
    server.eventually("/api/connections", |list| *list == json!([]));
    server.guest("GET", &path, None, 404);
    server.guest("DELETE", &path, None, 404);
}

#[test]
fn connections_of_a_user_go_together() {
    let server = Server::start();
    server.guest("PUT", "/api/users/u", Some(json!({"password": "u", "tags": ""})), 201);
    server.guest(
        "PUT",
        "/api/permissions/%2F/u",
        Some(json!({"configure": "", "write": "", "read": ""})),
        201,
    );
    let address = server.ready["amqp"].as_str().unwrap();
    let mut theirs = crate::amqp::Amqp::connect(address, "u", "/", "theirs");
    let _mine = server.amqp("mine");
    let count = |path: &str| server.guest("GET", path, None, 200).as_array().unwrap().len();
    assert_eq!((count("/api/connections/username/u"), count("/api/vhosts/%2F/connections")), (1, 2));
    server.guest("DELETE", "/api/connections/username/u", None, 204);
    assert!(theirs.until("connection.close").contains("Closed via management plugin"));
    theirs.close_ok();
    drop(theirs);
    server.eventually("/api/connections", |list| list.as_array().unwrap().len() == 1);
}

#[test]
fn an_exclusive_queue_names_its_owner_and_goes_with_it() {
    let server = Server::start();
    let mut client = server.amqp("c");
    client.channel(1);
    client.declare(1, "mine", false, true);
    let queue = server.guest("GET", "/api/queues/%2F/mine", None, 200);
    let connection = first_name(&server.guest("GET", "/api/connections", None, 200));
    assert_eq!(
        (&queue["exclusive"], &queue["owner_pid_details"]["name"]),
        (&json!(true), &json!(connection))
    );
    let locked = server.guest("DELETE", "/api/queues/%2F/mine", None, 400);
    assert!(locked["reason"].as_str().unwrap().contains("exclusive access to locked queue"), "{locked}");
    drop(client);
    server.eventually("/api/queues", |list| *list == json!([]));
}

#[test]
fn the_overview_sums_up() {
    let server = Server::start();
    let mut client = server.amqp("c");
    client.channel(1);
    client.declare(1, "q", true, false);
    client.publish(1, "q", b"x", &BasicProperties::default());
    let overview = server.eventually("/api/overview", |overview| overview["queue_totals"]["messages"] == 1);
    assert_eq!(
        overview["object_totals"],
        json!({"channels": 1, "connections": 1, "consumers": 0, "exchanges": 7, "queues": 1})
    );
    assert_eq!((&overview["product_name"], &overview["node"]), (&json!("Warren"), &server.ready["node"]));
    assert_eq!(overview["message_stats"]["publish"], 1);
    let churn = &overview["churn_rates"];
    assert_eq!((&churn["connection_created"], &churn["connection_closed"]), (&json!(1), &json!(0)));
    assert_eq!(
        (&churn["channel_created"], &churn["queue_declared"], &churn["queue_created"]),
        (&json!(1), &json!(1), &json!(1))
    );
    let protocols: Vec<_> =
        overview["listeners"].as_array().unwrap().iter().map(|l| l["protocol"].as_str().unwrap()).collect();
    assert_eq!(protocols, ["amqp", "http"]);
    let vhost = server.guest("GET", "/api/vhosts/%2F", None, 200);
    assert_eq!((&vhost["messages"], &vhost["message_stats"]["publish"]), (&json!(1), &json!(1)));
    let node = server.guest("GET", "/api/nodes", None, 200);
    assert_eq!((&node[0]["running"], &node[0]["sockets_used"]), (&json!(true), &json!(1)));
}

#[test]
fn rates_follow_what_happens() {
    let server = Server::start_with("collect_statistics_interval = 100\n");
    let mut client = server.amqp("c");
    client.channel(1);
    client.declare(1, "q", true, false);
    for _ in 0..100 {
        client.publish(1, "q", b"x", &BasicProperties::default());
    }
    server.eventually("/api/queues/%2F/q", |q| {
        q["message_stats"]["publish_details"]["rate"].as_f64().is_some_and(|r| r > 0.0)
    });
    server.eventually("/api/queues/%2F/q", |q| q["message_stats"]["publish_details"]["rate"] == 0.0);
}
