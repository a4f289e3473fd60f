//! Queues over HTTP. The answers to bad requests are RabbitMQ 3.10.8's.

use serde_json::{Value, json};

use crate::support::Server;

const Q: &str = "/api/queues/%2F/q";

#[test]
fn a_queue_is_declared_seen_and_deleted() {
    let server = Server::start();
    let body = json!({"durable": true, "arguments": {"x-max-length": 10}});
    server.guest("PUT", Q, Some(body.clone()), 201);
    server.guest("PUT", Q, Some(body), 204);
    let queue = server.guest("GET", Q, None, 200);
    assert_eq!(queue["arguments"], json!({"x-max-length": 10}));
    assert_eq!(
        (&queue["durable"], &queue["auto_delete"], &queue["exclusive"]),
        (&json!(true), &json!(false), &json!(false))
    );
    assert_eq!(
        (&queue["state"], &queue["messages"], &queue["type"]),
        (&json!("running"), &json!(0), &json!("classic"))
    );
    assert_eq!(
        server.guest("GET", "/api/queues/%2F", None, 200),
        server.guest("GET", "/api/queues", None, 200)
    );
    server.guest("DELETE", Q, None, 204);
    assert_eq!(server.guest("GET", Q, None, 404)["error"], "Object Not Found");
    server.guest("DELETE", Q, None, 404);
}

#[test]
fn names_are_whatever_fits_a_segment() {
    let server = Server::start();
    for name in ["a%2Fb", "%20", "%C3%BC%F0%9F%90%87", "a%0Ab", "%3Cb%3E", "x%25y"] {
        server.guest("PUT", &format!("/api/queues/%2F/{name}"), Some(json!({})), 201);
        let queue = server.guest("GET", &format!("/api/queues/%2F/{name}"), None, 200);
        assert!(!queue["name"].as_str().unwrap().contains("%C3"), "{queue}");
    }
    let long = "x".repeat(256);
    server.guest("PUT", &format!("/api/queues/%2F/{long}"), Some(json!({})), 400);
    server.guest("PUT", "/api/queues/%2F/%ff", Some(json!({})), 400);
}

#[test]
fn bad_bodies_are_refused() {
    let server = Server::start();
    for (body, reason) in [
        (json!([]), json!("not_json")),
        (json!("{}"), json!("not_json")),
        (json!({"durable": "x"}), json!(["not_boolean", "x"])),
        (json!({"durable": 1}), json!(["not_boolean", 1])),
        (json!({"arguments": {"a": null}}), json!("null_not_allowed")),
    ] {
        let answer = server.guest("PUT", Q, Some(body), 400);
        assert_eq!((&answer["error"], &answer["reason"]), (&json!("bad_request"), &reason));
    }
    server.guest("PUT", Q, Some(json!({"arguments": 7})), 400);
    server.guest("PUT", Q, Some(json!({"node": "warren@elsewhere"})), 400);
    server.guest("PUT", Q, Some(json!({"durable": "true"})), 201);
    let other = server.guest("PUT", Q, Some(json!({"durable": false})), 400);
    assert_eq!(
        other["reason"],
        "inequivalent arg 'durable' for queue 'q' in vhost '/': received 'false' but current is 'true'"
    );
    server.guest("PUT", "/api/queues/%2F/amq.q", Some(json!({})), 401);
    server.guest("PUT", "/api/queues/nowhere/q", Some(json!({})), 404);
}

#[test]
fn conditions_hold_a_deletion_back() {
    let server = Server::start();
    server.guest("PUT", Q, Some(json!({"durable": true})), 201);
    publish(&server, "q", "one");
    let answer = server.guest("DELETE", "/api/queues/%2F/q?if-empty=true", None, 400);
    assert_eq!(answer["reason"], "queue 'q' in vhost '/' not empty");
    server.guest("DELETE", "/api/queues/%2F/q/contents", None, 204);
    server.guest("DELETE", "/api/queues/%2F/q?if-empty=true&if-unused=true", None, 204);
    server.guest("DELETE", "/api/queues/%2F/q/contents", None, 404);
}

#[test]
fn lists_are_sorted_paged_and_without_statistics_when_asked() {
    let server = Server::start();
    for name in ["b", "a", "c"] {
        server.guest("PUT", &format!("/api/queues/%2F/{name}"), Some(json!({})), 201);
    }
    publish(&server, "b", "x");
    let names = |path: &str| -> Vec<String> {
        let body = server.guest("GET", path, None, 200);
        let items = body.get("items").unwrap_or(&body).as_array().unwrap().clone();
        items.iter().map(|queue| queue["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("/api/queues"), ["a", "b", "c"]);
    assert_eq!(names("/api/queues?sort=messages&sort_reverse=true&page=1&page_size=1"), ["b"]);
    assert_eq!(names("/api/queues/%2F?page=1&name=C"), ["c"]);
    let bare = server.guest("GET", "/api/queues?disable_stats=true", None, 200);
    assert_eq!(bare[1].get("messages"), None);
    let totals = server.guest("GET", "/api/queues?disable_stats=true&enable_queue_totals=true", None, 200);
    assert_eq!(
        (&totals[1]["messages"], totals[1].get("message_bytes").unwrap_or(&Value::Null)),
        (&json!(1), &Value::Null)
    );
    assert_eq!(
        server.guest("GET", "/api/queues?columns=name,messages", None, 200)[1],
        json!({"name": "b", "messages": 1})
    );
}

#[test]
fn durable_queues_outlive_the_process() {
    let server = Server::start();
    server.guest("PUT", Q, Some(json!({"durable": true, "arguments": {"x-max-length": 7}})), 201);
    server.guest("PUT", "/api/queues/%2F/gone", Some(json!({"durable": false})), 201);
    let server = server.restart();
    let queues = server.guest("GET", "/api/queues?columns=name,arguments", None, 200);
    assert_eq!(queues, json!([{"name": "q", "arguments": {"x-max-length": 7}}]));
}

pub fn publish(server: &Server, queue: &str, payload: &str) {
    let body =
        json!({"properties": {}, "routing_key": queue, "payload": payload, "payload_encoding": "string"});
    let answer = server.guest("POST", "/api/exchanges/%2F/amq.default/publish", Some(body), 200);
    assert_eq!(answer, json!({"routed": true}));
}
