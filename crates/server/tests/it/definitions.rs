//! Definitions out and in.

use serde_json::{Value, json};

use crate::support::Server;

/// What RabbitMQ 3.10.8 exported from a node with one topic exchange, two queues, and a second user.
fn exported_by_rabbitmq() -> Value {
    json!({
        "rabbit_version": "3.10.8", "rabbitmq_version": "3.10.8", "product_name": "RabbitMQ", "product_version": "3.10.8",
        "users": [{"name": "u1", "password_hash": "91A7nvVb4B6yCrOlA3E6g3SNiNm1nZPsY7UIx8YNjqV5+mRb",
                   "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": ["administrator"], "limits": {}}],
        "vhosts": [{"name": "/"}, {"name": "v2"}],
        "permissions": [{"user": "u1", "vhost": "v2", "configure": ".*", "write": ".*", "read": ".*"}],
        "topic_permissions": [], "parameters": [],
        "global_parameters": [{"name": "cluster_name", "value": "xx"},
                              {"name": "internal_cluster_id", "value": "rabbitmq-cluster-id-q3_xax7PXLHyA6kmmV1zjg"}],
        "policies": [],
        "queues": [{"name": "q2", "vhost": "/", "durable": false, "auto_delete": true, "arguments": {"x-max-length": 10}},
                   {"name": "kq", "vhost": "/", "durable": true, "auto_delete": false, "arguments": {}}],
        "exchanges": [{"name": "kx", "vhost": "/", "type": "topic", "durable": true, "auto_delete": false,
                       "internal": false, "arguments": {}}],
        "bindings": [{"source": "kx", "vhost": "/", "destination": "kq", "destination_type": "queue",
                      "routing_key": "a.*", "arguments": {}}]
    })
}

#[test]
fn what_rabbitmq_exports_is_imported() {
    let server = Server::start();
    server.guest("POST", "/api/definitions", Some(exported_by_rabbitmq()), 204);
    // The hash is that of the password guest.
    assert_eq!(server.user("u1", "guest", "GET", "/api/users", None).status, 200);
    assert_eq!(server.guest("GET", "/api/cluster-name", None, 200)["name"], "xx");
    assert_eq!(
        server.guest("GET", "/api/queues/%2F/q2", None, 200)["arguments"],
        json!({"x-max-length": 10})
    );
    assert_eq!(server.guest("GET", "/api/bindings/%2F/e/kx/q/kq/a.*", None, 200)["routing_key"], "a.*");
    assert_eq!(server.guest("GET", "/api/permissions/v2/u1", None, 200)["read"], ".*");
    server.guest("POST", "/api/definitions", Some(exported_by_rabbitmq()), 204);
}

#[test]
fn a_node_moves_with_its_definitions() {
    let one = Server::start();
    one.guest("POST", "/api/definitions", Some(exported_by_rabbitmq()), 204);
    let mut client = one.amqp("c");
    client.channel(1);
    client.declare(1, "mine", false, true);
    let document = one.guest("GET", "/api/definitions", None, 200);
    assert_eq!(
        document["queues"].as_array().unwrap().len(),
        2,
        "an exclusive queue belongs to its connection"
    );
    assert_eq!(document["exchanges"].as_array().unwrap().len(), 1, "predeclared exchanges are everywhere");
    let two = Server::start();
    two.guest("POST", "/api/definitions", Some(document.clone()), 204);
    assert_eq!(two.guest("GET", "/api/definitions", None, 200), document);
    let two = two.restart();
    assert_eq!(two.guest("GET", "/api/definitions", None, 200)["bindings"], document["bindings"]);
}

#[test]
fn one_vhost_moves_alone() {
    let server = Server::start();
    server.guest("POST", "/api/definitions", Some(exported_by_rabbitmq()), 204);
    let answer = server.user("guest", "guest", "GET", "/api/definitions/%2F?download=x.json", None);
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=x.json"));
    assert_eq!((answer.body.get("users"), answer.body["queues"][0].get("vhost")), (None, None));
    server.guest("POST", "/api/definitions/v2", Some(answer.body), 204);
    assert_eq!(
        server.guest("GET", "/api/queues/v2?columns=name", None, 200),
        json!([{"name": "kq"}, {"name": "q2"}])
    );
    server.guest("GET", "/api/definitions/nope", None, 404);
    server.guest("POST", "/api/definitions/nope", Some(json!({})), 404);
    let odd = server.user("guest", "guest", "GET", "/api/definitions?download=a%0Ab", None);
    assert_eq!((odd.status, odd.header("content-disposition")), (200, None));
}

#[test]
fn what_cannot_be_imported_is_named_and_nothing_is() {
    let server = Server::start();
    let mut document = exported_by_rabbitmq();
    document["parameters"] = json!([{"component": "shovel", "vhost": "/", "name": "s", "value": {}}]);
    let answer = server.guest("POST", "/api/definitions", Some(document), 400);
    assert_eq!(answer["reason"], "parameters[0]: component shovel not found");
    assert_eq!(server.guest("GET", "/api/queues", None, 200), json!([]));
}

#[test]
fn bad_documents_are_refused() {
    let server = Server::start();
    for body in [
        json!({"queues": 1}),
        json!({"queues": [{"name": "q"}]}),
        json!({"queues": [{"name": "q", "vhost": "nope"}]}),
        json!({"queues": [{"name": "", "vhost": "/"}]}),
        json!({"users": [{"name": "u", "password_hash": "x"}]}),
        json!({"users": [{"name": ""}]}),
        json!({"vhosts": [{"name": ""}]}),
        json!({"permissions": [{"user": "nope", "vhost": "/"}]}),
        json!({"exchanges": [{"name": "e", "vhost": "/", "type": "nope"}]}),
        json!({"bindings": [{"source": "amq.direct", "vhost": "/", "destination": "q", "destination_type": "x"}]}),
    ] {
        let answer = server.user("guest", "guest", "POST", "/api/definitions", Some(body.clone()));
        assert_eq!(answer.status, 400, "{body}: {answer:?}");
    }
}

#[test]
fn what_is_there_with_other_properties_stays() {
    let server = Server::start();
    server.guest("PUT", "/api/queues/%2F/kq", Some(json!({"durable": false})), 201);
    server.guest("POST", "/api/definitions", Some(exported_by_rabbitmq()), 204);
    assert_eq!(server.guest("GET", "/api/queues/%2F/kq", None, 200)["durable"], false);
    server.guest("GET", "/api/queues/%2F/q2", None, 200);
}
