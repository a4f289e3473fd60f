//! Publishing and getting over HTTP. The answers to bad requests are RabbitMQ 3.10.8's.

use serde_json::{Value, json};

use crate::queues::publish;
use crate::support::Server;

const PUBLISH: &str = "/api/exchanges/%2F/amq.default/publish";
const GET: &str = "/api/queues/%2F/q/get";

fn server_with_queue() -> Server {
    let server = Server::start();
    server.guest("PUT", "/api/queues/%2F/q", Some(json!({"durable": true})), 201);
    server
}

fn get(server: &Server, count: u64, ackmode: &str) -> Vec<Value> {
    let body = json!({"count": count, "ackmode": ackmode, "encoding": "auto"});
    server.guest("POST", GET, Some(body), 200).as_array().unwrap().clone()
}

#[test]
fn a_message_comes_out_as_it_went_in() {
    let server = server_with_queue();
    let properties = json!({"delivery_mode": 2, "headers": {"a": 1, "t": {"x": "y"}}, "priority": 3,
                            "correlation_id": "c", "timestamp": 12345, "content_type": "x/y", "user_id": "guest"});
    let body = json!({"properties": properties, "routing_key": "q", "payload": "//4=", "payload_encoding": "base64"});
    assert_eq!(server.guest("POST", PUBLISH, Some(body), 200), json!({"routed": true}));
    let message = &get(&server, 1, "ack_requeue_false")[0];
    assert_eq!((&message["payload"], &message["payload_encoding"]), (&json!("//4="), &json!("base64")));
    assert_eq!((&message["payload_bytes"], &message["message_count"]), (&json!(2), &json!(0)));
    assert_eq!(message["properties"], properties);
    assert_eq!(
        (&message["exchange"], &message["routing_key"], &message["redelivered"]),
        (&json!(""), &json!("q"), &json!(false))
    );
    assert!(get(&server, 1, "ack_requeue_false").is_empty());
}

#[test]
fn a_large_body_survives_whole() {
    let server = server_with_queue();
    let payload = "0123456789".repeat(50_000);
    publish(&server, "q", &payload);
    let message = &get(&server, 1, "ack_requeue_false")[0];
    assert_eq!(message["payload"].as_str().unwrap(), payload);
}

#[test]
fn a_persistent_message_outlives_the_process_and_what_was_taken_stays_away() {
    let server = server_with_queue();
    for (mode, payload) in [(2, "kept"), (1, "lost"), (2, "taken")] {
        let body = json!({"properties": {"delivery_mode": mode}, "routing_key": "q", "payload": payload,
                          "payload_encoding": "string"});
        server.guest("POST", PUBLISH, Some(body), 200);
    }
    let taken = get(&server, 3, "ack_requeue_true");
    assert_eq!(taken.len(), 3);
    let server = server.restart();
    let messages = get(&server, 1, "ack_requeue_false");
    assert_eq!(
        (&messages[0]["payload"], &messages[0]["properties"]["delivery_mode"]),
        (&json!("kept"), &json!(2))
    );
    let server = server.restart();
    let messages = get(&server, 9, "ack_requeue_true");
    let payloads: Vec<_> = messages.iter().map(|message| message["payload"].as_str().unwrap()).collect();
    assert_eq!(payloads, ["taken"]);
}

#[test]
fn ackmodes_decide_what_stays() {
    let server = server_with_queue();
    for payload in ["1", "2", "3"] {
        publish(&server, "q", payload);
    }
    let payloads = |messages: Vec<Value>| -> Vec<String> {
        messages.iter().map(|message| message["payload"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(payloads(get(&server, 2, "ack_requeue_true")), ["1", "2"]);
    assert_eq!(payloads(get(&server, 2, "reject_requeue_true")), ["1", "2"]);
    let again = get(&server, 3, "ack_requeue_true");
    let redelivered: Vec<_> = again.iter().map(|message| message["redelivered"].as_bool().unwrap()).collect();
    assert_eq!(redelivered, [true, true, false]);
    assert_eq!(payloads(get(&server, 1, "ack_requeue_false")), ["1"]);
    assert_eq!(payloads(get(&server, 1, "reject_requeue_false")), ["2"]);
    assert_eq!(payloads(get(&server, 10, "ack_requeue_false")), ["3"]);
}

#[test]
fn truncation_and_encoding() {
    let server = server_with_queue();
    publish(&server, "q", "hällo");
    let ask = |encoding: &str, truncate: u64| {
        let body =
            json!({"count": 1, "ackmode": "ack_requeue_true", "encoding": encoding, "truncate": truncate});
        let message = server.guest("POST", GET, Some(body), 200)[0].clone();
        (message["payload"].clone(), message["payload_encoding"].clone(), message["payload_bytes"].clone())
    };
    assert_eq!(ask("auto", 100), (json!("hällo"), json!("string"), json!(6)));
    assert_eq!(ask("auto", 2), (json!("aMM="), json!("base64"), json!(6)));
    assert_eq!(ask("base64", 1), (json!("aA=="), json!("base64"), json!(6)));
    assert_eq!(ask("auto", 0), (json!(""), json!("string"), json!(6)));
}

#[test]
fn what_no_queue_takes_is_told() {
    let server = server_with_queue();
    let body = json!({"properties": {}, "routing_key": "nope", "payload": "x", "payload_encoding": "string"});
    assert_eq!(server.guest("POST", PUBLISH, Some(body), 200), json!({"routed": false}));
}

#[test]
fn bad_publishes_are_refused() {
    let server = Server::start_with("max_message_size = 1000\nmanagement.http.max_body_size = 10000\n");
    server.guest("PUT", "/api/queues/%2F/q", Some(json!({})), 201);
    let message = |properties: Value, payload: &str, encoding: &str| json!({"properties": properties, "routing_key": "q", "payload": payload, "payload_encoding": encoding});
    let cases = [
        (
            json!({}),
            json!(
                "[{key_missing,routing_key},{key_missing,properties},{key_missing,payload},{key_missing,payload_encoding}]"
            ),
        ),
        (message(json!({}), "x", "foo"), json!(["unsupported_encoding", "foo"])),
        (message(json!({}), "%", "base64"), json!(["not_base64", "%"])),
        (message(json!({"priority": "x"}), "x", "string"), json!(["not_int", "priority"])),
        (
            message(json!({"expiration": "abc"}), "x", "string"),
            json!("406 PRECONDITION_FAILED - invalid expiration 'abc': no_integer"),
        ),
        (
            message(json!({"user_id": "bob"}), "x", "string"),
            json!(
                "406 PRECONDITION_FAILED - user_id property set to 'bob' but authenticated user was 'guest'"
            ),
        ),
        (
            message(json!({}), &"x".repeat(1001), "string"),
            json!("406 PRECONDITION_FAILED - message size 1001 is larger than configured max size 1000"),
        ),
        (
            message(json!({}), &"x".repeat(10_001), "string"),
            json!("the request body has more than 10000 bytes"),
        ),
    ];
    for (body, reason) in cases {
        assert_eq!(server.guest("POST", PUBLISH, Some(body), 400)["reason"], reason);
    }
    let body = Some(message(json!({}), "x", "string"));
    let answer = server.guest("POST", "/api/exchanges/%2F/nope/publish", body.clone(), 400);
    assert_eq!(answer["reason"], "404 NOT_FOUND - no exchange 'nope' in vhost '/'");
    let answer = server.guest("POST", "/api/exchanges/%2F/amq.rabbitmq.trace/publish", body, 400);
    assert_eq!(
        answer["reason"],
        "403 ACCESS_REFUSED - cannot publish to internal exchange 'amq.rabbitmq.trace' in vhost '/'"
    );
    assert_eq!(server.guest("GET", "/api/queues/%2F/q", None, 200)["messages"], 0);
}

#[test]
fn bad_gets_are_refused() {
    let server = server_with_queue();
    let cases = [
        (json!({}), json!("[{key_missing,ackmode},{key_missing,count},{key_missing,encoding}]")),
        (
            json!({"count": "x", "ackmode": "ack_requeue_true", "encoding": "auto"}),
            json!(["not_integer", "x"]),
        ),
        (json!({"count": 1, "ackmode": "nope", "encoding": "auto"}), json!("unknown ackmode 'nope'")),
        (
            json!({"count": 1, "ackmode": "ack_requeue_true", "encoding": "x"}),
            json!("Unsupported encoding. Please use auto or base64."),
        ),
    ];
    for (body, reason) in cases {
        assert_eq!(server.guest("POST", GET, Some(body), 400)["reason"], reason);
    }
    let body = json!({"count": 1, "ackmode": "ack_requeue_true", "encoding": "auto"});
    let answer = server.guest("POST", "/api/queues/%2F/nope/get", Some(body), 404);
    assert_eq!(answer["reason"], "no queue 'nope' in vhost '/'");
}

#[test]
fn the_aliveness_test_makes_a_round_trip() {
    let server = Server::start();
    assert_eq!(server.guest("GET", "/api/aliveness-test/%2F", None, 200), json!({"status": "ok"}));
    assert_eq!(server.guest("GET", "/api/queues/%2F/aliveness-test", None, 200)["messages"], 0);
    server.guest("GET", "/api/aliveness-test/nope", None, 404);
}
