//! Exchanges over HTTP. The answers to bad requests are RabbitMQ 3.10.8's.

use serde_json::json;

use crate::support::Server;

const E: &str = "/api/exchanges/%2F/e";

#[test]
fn an_exchange_is_declared_seen_and_deleted() {
    let server = Server::start();
    let body = json!({"type": "fanout", "durable": true, "arguments": {"x": 1}});
    server.guest("PUT", E, Some(body.clone()), 201);
    server.guest("PUT", E, Some(body), 204);
    let exchange = server.guest("GET", E, None, 200);
    assert_eq!(
        (&exchange["type"], &exchange["durable"], &exchange["internal"]),
        (&json!("fanout"), &json!(true), &json!(false))
    );
    let answer = server.guest("PUT", E, Some(json!({"type": "direct", "durable": true})), 400);
    assert_eq!(
        answer["reason"],
        "inequivalent arg 'type' for exchange 'e' in vhost '/': received 'direct' but current is 'fanout'"
    );
    server.guest("DELETE", E, None, 204);
    server.guest("DELETE", E, None, 404);
    server.guest("GET", E, None, 404);
}

#[test]
fn without_a_type_it_is_direct() {
    let server = Server::start();
    server.guest("PUT", E, Some(json!({})), 201);
    assert_eq!(server.guest("GET", E, None, 200)["type"], "direct");
    let answer = server.guest("PUT", "/api/exchanges/%2F/f", Some(json!({"type": "nope"})), 400);
    assert_eq!(answer["reason"], "unknown exchange type 'nope'");
}

#[test]
fn the_predeclared_ones_are_there_and_stay() {
    let server = Server::start();
    let exchanges = server.guest("GET", "/api/exchanges/%2F?columns=name,type", None, 200);
    let expected: Vec<_> = [
        ("", "direct"),
        ("amq.direct", "direct"),
        ("amq.fanout", "fanout"),
        ("amq.headers", "headers"),
        ("amq.match", "headers"),
        ("amq.rabbitmq.trace", "topic"),
        ("amq.topic", "topic"),
    ]
    .iter()
    .map(|(name, kind)| json!({"name": name, "type": kind}))
    .collect();
    assert_eq!(exchanges, json!(expected));
    assert_eq!(server.guest("GET", "/api/exchanges", None, 200).as_array().unwrap().len(), 7);
    assert_eq!(server.guest("GET", "/api/exchanges/%2F/amq.default", None, 200)["name"], "");
    server.guest("DELETE", "/api/exchanges/%2F/amq.direct", None, 401);
    server.guest("DELETE", "/api/exchanges/%2F/amq.default", None, 401);
    server.guest("PUT", "/api/exchanges/%2F/amq.new", Some(json!({"type": "direct"})), 401);
    server.guest("PUT", "/api/exchanges/%2F/amq.default", Some(json!({"type": "direct"})), 401);
}

#[test]
fn one_in_use_is_kept_when_asked() {
    let server = Server::start();
    server.guest("PUT", E, Some(json!({"type": "direct"})), 201);
    server.guest("PUT", "/api/queues/%2F/q", Some(json!({})), 201);
    server.guest("POST", "/api/bindings/%2F/e/e/q/q", Some(json!({})), 201);
    let answer = server.guest("DELETE", "/api/exchanges/%2F/e?if-unused=true", None, 400);
    assert_eq!(answer["reason"], "exchange 'e' in vhost '/' in use");
    server.guest("DELETE", E, None, 204);
}
