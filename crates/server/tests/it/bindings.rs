//! Bindings over HTTP. The answers are RabbitMQ 3.10.8's, but for the hash of arguments.

use serde_json::{Value, json};

use crate::support::Server;

fn server_with_ends() -> Server {
    let server = Server::start();
    server.guest("PUT", "/api/exchanges/%2F/e", Some(json!({"type": "topic"})), 201);
    server.guest("PUT", "/api/queues/%2F/q", Some(json!({})), 201);
    server
}

fn keys(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|binding| binding["properties_key"].as_str().unwrap()).collect()
}

#[test]
fn a_binding_is_made_found_and_taken_back() {
    let server = server_with_ends();
    let at = "/api/bindings/%2F/e/e/q/q";
    let answer = server.user("guest", "guest", "POST", at, Some(json!({"routing_key": "a.b"})));
    assert_eq!((answer.status, answer.header("location")), (201, Some("../../../../%2F/e/e/q/q/a.b")));
    server.guest("POST", at, Some(json!({"routing_key": "a.b", "arguments": {"x": 1}})), 201);
    server.guest("POST", at, None, 201);
    let list = server.guest("GET", at, None, 200);
    assert_eq!(list.as_array().unwrap().len(), 3);
    assert_eq!(keys(&list)[..2], ["~", "a.b"]);
    let hashed = keys(&list)[2].to_owned();
    let one = server.guest("GET", &format!("{at}/{hashed}"), None, 200);
    assert_eq!((&one["arguments"], &one["routing_key"]), (&json!({"x": 1}), &json!("a.b")));
    for key in ["~", "a.b", &hashed] {
        server.guest("DELETE", &format!("{at}/{key}"), None, 204);
        server.guest("DELETE", &format!("{at}/{key}"), None, 404);
        server.guest("GET", &format!("{at}/{key}"), None, 404);
    }
    assert_eq!(server.guest("GET", at, None, 200), json!([]));
}

#[test]
fn a_key_with_every_character_finds_its_binding() {
    let server = server_with_ends();
    let at = "/api/bindings/%2F/e/e/e/amq.fanout";
    let answer = server.user("guest", "guest", "POST", at, Some(json!({"routing_key": "x~y/ü"})));
    assert_eq!(answer.header("location"), Some("../../../../%2F/e/e/e/amq.fanout/x%257Ey%252F%25C3%25BC"));
    assert_eq!(keys(&server.guest("GET", at, None, 200)), ["x%7Ey%2F%C3%BC"]);
    server.guest("GET", &format!("{at}/x%257Ey%252F%25C3%25BC"), None, 200);
    server.guest("DELETE", &format!("{at}/x%257Ey%252F%25C3%25BC"), None, 204);
}

#[test]
fn a_routing_key_as_it_stands_names_its_binding_too() {
    let server = server_with_ends();
    let at = "/api/bindings/%2F/e/e/q/q";
    server.guest("POST", at, Some(json!({"routing_key": "a.*"})), 201);
    assert_eq!(keys(&server.guest("GET", at, None, 200)), ["a.%2A"]);
    server.guest("GET", &format!("{at}/a.*"), None, 200);
    server.guest("GET", &format!("{at}/a.%252A"), None, 200);
    server.guest("DELETE", &format!("{at}/a.*"), None, 204);
}

#[test]
fn the_default_exchange_binds_every_queue_by_its_name() {
    let server = server_with_ends();
    let implied = json!([{"source": "", "vhost": "/", "destination": "q", "destination_type": "queue",
                          "routing_key": "q", "arguments": {}, "properties_key": "q"}]);
    for path in [
        "/api/bindings",
        "/api/bindings/%2F",
        "/api/queues/%2F/q/bindings",
        "/api/exchanges/%2F/amq.default/bindings/source",
        "/api/bindings/%2F/e/amq.default/q/q",
    ] {
        assert_eq!(server.guest("GET", path, None, 200), implied, "{path}");
    }
    assert_eq!(server.guest("GET", "/api/bindings/%2F/e/amq.default/q/q/q", None, 200), implied[0]);
    server.guest("POST", "/api/bindings/%2F/e/amq.default/q/q", Some(json!({"routing_key": "x"})), 401);
    server.guest("DELETE", "/api/bindings/%2F/e/amq.default/q/q/q", None, 404);
}

#[test]
fn both_ends_list_it() {
    let server = server_with_ends();
    server.guest("POST", "/api/bindings/%2F/e/e/q/q", Some(json!({"routing_key": "k"})), 201);
    server.guest("POST", "/api/bindings/%2F/e/e/e/amq.topic", Some(json!({"routing_key": "t"})), 201);
    let from = server.guest("GET", "/api/exchanges/%2F/e/bindings/source", None, 200);
    assert_eq!(keys(&from), ["t", "k"]);
    assert_eq!(
        keys(&server.guest("GET", "/api/exchanges/%2F/amq.topic/bindings/destination", None, 200)),
        ["t"]
    );
    assert_eq!(keys(&server.guest("GET", "/api/queues/%2F/q/bindings", None, 200)), ["q", "k"]);
    server.guest("GET", "/api/exchanges/%2F/nope/bindings/source", None, 404);
    server.guest("GET", "/api/queues/%2F/nope/bindings", None, 404);
}

#[test]
fn missing_ends_are_named() {
    let server = server_with_ends();
    let queue = server.guest("POST", "/api/bindings/%2F/e/e/q/nope", Some(json!({})), 404);
    assert_eq!(
        (&queue["error"], &queue["reason"]),
        (&json!("not_found"), &json!("no queue 'nope' in vhost '/'"))
    );
    let exchange = server.guest("POST", "/api/bindings/%2F/e/nope/q/q", Some(json!({})), 404);
    assert_eq!(exchange["reason"], "no exchange 'nope' in vhost '/'");
    assert_eq!(server.guest("GET", "/api/bindings/%2F/e/e/q/nope", None, 200), json!([]));
    let long = json!({"routing_key": "x".repeat(256)});
    server.guest("POST", "/api/bindings/%2F/e/e/q/q", Some(long), 400);
}
