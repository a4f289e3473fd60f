//! Health checks.

use serde_json::json;

use crate::support::Server;

#[test]
fn a_healthy_node_passes() {
    let server = Server::start();
    for check in [
        "alarms",
        "local-alarms",
        "virtual-hosts",
        "node-is-quorum-critical",
        "metadata-store/initialized",
        "metadata-store/initialized/with-data",
    ] {
        let body = server.guest("GET", &format!("/api/health/checks/{check}"), None, 200);
        assert_eq!(body["status"], "ok", "{check}");
    }
    assert_eq!(server.guest("GET", "/api/healthchecks/node", None, 200), json!({"status": "ok"}));
    let name = server.ready["node"].as_str().unwrap().to_owned();
    server.guest("GET", &format!("/api/healthchecks/node/{name}"), None, 200);
    server.guest("GET", "/api/healthchecks/node/nope", None, 404);
}

#[test]
fn load_balancers_need_no_credentials() {
    let server = Server::start();
    for check in [
        "is-in-service",
        "ready-to-serve-clients",
        "below-node-connection-limit",
        "reached-target-cluster-size",
    ] {
        let answer = server.tcp("GET", &format!("/api/health/checks/{check}"), &[], None);
        assert_eq!((answer.status, answer.body), (200, json!({"status": "ok"})), "{check}");
    }
    assert_eq!(server.admin("POST", "/api/warren/stop_app", None).status, 204);
    for check in ["is-in-service", "ready-to-serve-clients"] {
        assert_eq!(server.tcp("GET", &format!("/api/health/checks/{check}"), &[], None).status, 503);
    }
}

#[test]
fn listeners_are_found_by_port_and_protocol() {
    let server = Server::start();
    let port: u16 = server.ready["amqp"].as_str().unwrap().rsplit(':').next().unwrap().parse().unwrap();
    let found = server.guest("GET", &format!("/api/health/checks/port-listener/{port}"), None, 200);
    assert_eq!(found, json!({"status": "ok", "port": port}));
    let missing = server.guest("GET", "/api/health/checks/port-listener/1", None, 503);
    assert_eq!(
        (&missing["status"], &missing["reason"], &missing["missing"]),
        (&json!("failed"), &json!("No active listener"), &json!(1))
    );
    assert_eq!(missing["ports"].as_array().unwrap().len(), 2);
    let bad = server.guest("GET", "/api/health/checks/port-listener/x", None, 400);
    assert_eq!(bad["reason"], "Invalid port");
    for name in ["amqp", "amqp091", "mqtt,amqp0-9-1"] {
        let found = server.guest("GET", &format!("/api/health/checks/protocol-listener/{name}"), None, 200);
        assert_eq!(found, json!({"status": "ok", "protocol": "amqp"}));
    }
    let missing = server.guest("GET", "/api/health/checks/protocol-listener/mqtt", None, 503);
    assert_eq!((&missing["missing"], &missing["protocols"]), (&json!("mqtt"), &json!(["amqp", "http"])));
}
