//! Who may do what: RabbitMQ's tags, permissions, and the loopback rule.

use serde_json::json;

use crate::support::Server;

fn server_with(tags: &str) -> Server {
    let server = Server::start();
    server.guest("PUT", "/api/users/u", Some(json!({"password": "p", "tags": tags})), 201);
    server.guest("PUT", "/api/queues/%2F/q", Some(json!({})), 201);
    server
}

fn statuses(server: &Server, paths: &[&str]) -> Vec<u16> {
    paths.iter().map(|path| server.user("u", "p", "GET", path, None).status).collect()
}

#[test]
fn without_a_tag_there_is_no_way_in() {
    let server = server_with("");
    let answer = server.user("u", "p", "GET", "/api/whoami", None);
    assert_eq!(answer.header("www-authenticate"), None, "other credentials would not help");
    assert_eq!(
        (answer.status, answer.body),
        (401, json!({"error": "not_authorised", "reason": "Not management user"}))
    );
}

#[test]
fn management_sees_its_own() {
    let server = server_with("management");
    let paths =
        ["/api/overview", "/api/whoami", "/api/vhosts", "/api/queues", "/api/connections", "/api/exchanges"];
    assert_eq!(statuses(&server, &paths), [200; 6]);
    for path in ["/api/queues", "/api/vhosts", "/api/exchanges", "/api/bindings", "/api/connections"] {
        assert_eq!(server.user("u", "p", "GET", path, None).body, json!([]), "{path}");
    }
    let refused = [
        "/api/users",
        "/api/users/u",
        "/api/permissions",
        "/api/vhosts/%2F",
        "/api/nodes",
        "/api/warren/status",
    ];
    assert_eq!(statuses(&server, &refused), [401; 6]);
    let hidden =
        ["/api/queues/%2F", "/api/queues/%2F/q", "/api/aliveness-test/%2F", "/api/vhosts/%2F/connections"];
    assert_eq!(statuses(&server, &hidden), [404; 4]);
    let overview = server.user("u", "p", "GET", "/api/overview", None).body;
    assert_eq!((overview.get("listeners"), overview.get("node")), (None, None));
}

#[test]
fn monitoring_sees_all_connections_nodes_and_vhosts() {
    let server = server_with("monitoring");
    let _client = server.amqp("c");
    assert_eq!(statuses(&server, &["/api/nodes", "/api/overview", "/api/users"]), [200, 200, 401]);
    let list = |path: &str| server.user("u", "p", "GET", path, None).body.as_array().unwrap().len();
    assert_eq!((list("/api/vhosts"), list("/api/connections"), list("/api/queues")), (1, 1, 0));
    let overview = server.user("u", "p", "GET", "/api/overview", None).body;
    assert!(overview["listeners"].is_array());
}

#[test]
fn permissions_open_a_vhost_and_bound_what_is_done_there() {
    let server = server_with("management");
    let permission = json!({"configure": "^u-", "write": "^u-", "read": "^u-"});
    server.guest("PUT", "/api/permissions/%2F/u", Some(permission), 201);
    let call = |method: &str, path: &str, body| server.user("u", "p", method, path, body);
    assert_eq!(call("GET", "/api/queues/%2F/q", None).status, 200);
    assert_eq!(call("PUT", "/api/queues/%2F/u-1", Some(json!({}))).status, 201);
    let refused = call("PUT", "/api/queues/%2F/other", Some(json!({})));
    assert_eq!((refused.status, &refused.body["error"]), (401, &json!("not_authorised")));
    assert_eq!(call("DELETE", "/api/queues/%2F/q", None).status, 401);
    assert_eq!(call("DELETE", "/api/queues/%2F/q/contents", None).status, 401);
    assert_eq!(call("PUT", "/api/exchanges/%2F/other", Some(json!({"type": "direct"}))).status, 401);
    let get = json!({"count": 1, "ackmode": "ack_requeue_true", "encoding": "auto"});
    assert_eq!(call("POST", "/api/queues/%2F/q/get", Some(get.clone())).status, 401);
    assert_eq!(call("POST", "/api/queues/%2F/u-1/get", Some(get)).status, 200);
    assert_eq!(call("POST", "/api/bindings/%2F/e/amq.topic/q/u-1", Some(json!({}))).status, 401);
    let publish = json!({"properties": {}, "routing_key": "q", "payload": "x", "payload_encoding": "string"});
    let refused = call("POST", "/api/exchanges/%2F/amq.default/publish", Some(publish));
    assert_eq!(refused.status, 400, "{refused:?}");
    assert!(
        refused.body["reason"].as_str().unwrap().starts_with("403 ACCESS_REFUSED - write access"),
        "{refused:?}"
    );
}

#[test]
fn the_admin_socket_needs_no_permission() {
    let server = server_with("management");
    server.guest("PUT", "/api/vhosts/v", None, 201);
    server.guest("DELETE", "/api/permissions/v/guest", None, 204);
    assert_eq!(server.admin("PUT", "/api/queues/v/q", Some(json!({}))).status, 201);
    assert_eq!(server.guest("GET", "/api/queues/v", None, 200).as_array().unwrap().len(), 1);
    assert_eq!(server.user("guest", "guest", "PUT", "/api/queues/v/r", Some(json!({}))).status, 401);
}
