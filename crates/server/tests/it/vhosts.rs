//! Virtual hosts over HTTP. The answers are RabbitMQ 3.10.8's.

use serde_json::json;

use crate::support::Server;

const V: &str = "/api/vhosts/v";

#[test]
fn a_vhost_comes_changes_and_goes() {
    let server = Server::start();
    server.guest("PUT", V, None, 201);
    server.guest("PUT", V, Some(json!({"description": "d", "tags": "a,b"})), 204);
    let vhost = server.guest("GET", V, None, 200);
    assert_eq!((&vhost["description"], &vhost["tags"]), (&json!("d"), &json!(["a", "b"])));
    assert_eq!(vhost["metadata"], json!({"description": "d", "tags": ["a", "b"]}));
    assert_eq!(
        server.guest("GET", "/api/vhosts?columns=name", None, 200),
        json!([{"name": "/"}, {"name": "v"}])
    );
    server.guest("DELETE", V, None, 204);
    server.guest("DELETE", V, None, 404);
    server.guest("GET", V, None, 404);
    server.guest("GET", "/api/vhosts/v/permissions", None, 404);
}

#[test]
fn who_creates_it_may_do_everything_in_it() {
    let server = Server::start();
    server.guest("PUT", V, None, 201);
    let all = json!([{"user": "guest", "vhost": "v", "configure": ".*", "write": ".*", "read": ".*"}]);
    assert_eq!(server.guest("GET", "/api/vhosts/v/permissions", None, 200), all);
    assert_eq!(server.admin("PUT", "/api/vhosts/w", None).status, 201);
    assert_eq!(server.guest("GET", "/api/vhosts/w/permissions", None, 200), json!([]));
}

#[test]
fn bad_vhosts_are_refused() {
    let server = Server::start();
    server.guest("PUT", V, Some(json!({"default_queue_type": "nope"})), 400);
    server.guest("PUT", V, Some(json!({"tracing": true})), 400);
    server.guest("PUT", V, Some(json!({"description": 1})), 400);
    server.guest("PUT", &format!("/api/vhosts/{}", "x".repeat(256)), None, 400);
    server.guest("GET", V, None, 404);
}

#[test]
fn what_is_in_it_is_apart_and_goes_with_it() {
    let server = Server::start();
    server.guest("PUT", V, None, 201);
    server.guest("PUT", "/api/queues/v/q", Some(json!({"durable": true})), 201);
    server.guest("GET", "/api/queues/%2F/q", None, 404);
    server.guest("DELETE", V, None, 204);
    assert_eq!(server.guest("GET", "/api/queues", None, 200), json!([]));
    server.guest("PUT", V, None, 201);
    assert_eq!(server.guest("GET", "/api/queues/v", None, 200), json!([]));
}
