//! `stop_app`, `start_app`, `reset`, `shutdown`, and what answers meanwhile.

use serde_json::json;

use crate::queues::publish;
use crate::support::Server;

#[test]
fn a_stopped_app_refuses_all_but_its_own_paths() {
    let server = Server::start();
    server.guest("POST", "/api/warren/stop_app", None, 204);
    let answer = server.guest("GET", "/api/overview", None, 503);
    assert_eq!(answer["error"], "app_stopped");
    assert!(answer["reason"].as_str().unwrap().contains("warrenctl start_app"), "{answer}");
    let status = server.guest("GET", "/api/warren/status", None, 200);
    assert_eq!(status["app_running"], false);
    server.guest("POST", "/api/warren/start_app", None, 204);
    server.guest("GET", "/api/overview", None, 200);
    assert_eq!(server.guest("GET", "/api/warren/status", None, 200)["app_running"], true);
}

#[test]
fn stopping_sends_clients_away_and_drops_what_is_transient() {
    let server = Server::start();
    server.guest("PUT", "/api/queues/%2F/stays", Some(json!({"durable": true})), 201);
    server.guest("PUT", "/api/queues/%2F/goes", Some(json!({"durable": false})), 201);
    server.guest("PUT", "/api/exchanges/%2F/goes", Some(json!({"type": "direct"})), 201);
    let mut client = server.amqp("c");
    let stopping = std::thread::scope(|scope| {
        let stopping = scope.spawn(|| server.guest("POST", "/api/warren/stop_app", None, 204));
        let close = client.until("connection.close");
        assert!(close.contains("320") && close.contains("shutdown"), "{close}");
        client.close_ok();
        drop(client);
        stopping.join().unwrap()
    });
    assert!(stopping.is_null());
    server.guest("POST", "/api/warren/start_app", None, 204);
    assert_eq!(server.guest("GET", "/api/queues?columns=name", None, 200), json!([{"name": "stays"}]));
    server.guest("GET", "/api/exchanges/%2F/goes", None, 404);
    server.amqp("again");
}

#[test]
fn reset_wants_a_stopped_app_and_leaves_nothing() {
    let server = Server::start();
    server.guest("PUT", "/api/users/u", Some(json!({"password": "p", "tags": "administrator"})), 201);
    server.guest("PUT", "/api/queues/%2F/q", Some(json!({"durable": true})), 201);
    server.guest("PUT", "/api/cluster-name", Some(json!({"name": "east"})), 204);
    publish(&server, "q", "x");
    let answer = server.guest("POST", "/api/warren/reset", None, 409);
    assert_eq!(answer["error"], "app_running");
    server.guest("POST", "/api/warren/stop_app", None, 204);
    assert_eq!(server.admin("POST", "/api/warren/reset", None).status, 204);
    assert_eq!(server.admin("POST", "/api/warren/start_app", None).status, 204);
    assert_eq!(server.guest("GET", "/api/queues", None, 200), json!([]));
    assert_eq!(server.guest("GET", "/api/users?columns=name", None, 200), json!([{"name": "guest"}]));
    assert_eq!(server.guest("GET", "/api/cluster-name", None, 200)["name"], server.ready["node"]);
    let server = server.restart();
    assert_eq!(server.guest("GET", "/api/queues", None, 200), json!([]));
    assert_eq!(server.user("u", "p", "GET", "/api/whoami", None).status, 401);
}

#[test]
fn passwords_are_checked_for_administrators() {
    let server = Server::start();
    let check = |password: &str| {
        let body = json!({"username": "guest", "password": password});
        server.admin("POST", "/api/warren/authenticate", Some(body)).status
    };
    assert_eq!((check("guest"), check("wrong"), check("")), (204, 401, 401));
    let answer = server.admin("POST", "/api/warren/authenticate", Some(json!({"username": "guest"})));
    assert_eq!(answer.status, 400);
}

#[test]
fn the_status_names_every_listener() {
    let server = Server::start();
    let status = server.guest("GET", "/api/warren/status", None, 200);
    let addresses: Vec<_> =
        status["listeners"].as_array().unwrap().iter().map(|l| l["ip_address"].as_str().unwrap()).collect();
    assert_eq!(addresses, ["127.0.0.1", "127.0.0.1", server.ready["socket"].as_str().unwrap()]);
    assert_eq!((&status["node"], &status["pid"]), (&server.ready["node"], &server.ready["pid"]));
    assert!(
        status["memory"]["used"].as_u64().unwrap() > 0 && status["disk_free"].as_u64().unwrap() > 0,
        "{status}"
    );
    assert_eq!(status["totals"], json!({"virtual_host_count": 1, "connection_count": 0, "queue_count": 0}));
}
