//! Every route of the API answers, and none is forgotten here.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::Server;

/// A request, and the status that it shall have on the way through [`every_route_answers`].
type Step = (&'static str, &'static str, Option<Value>, u16);

fn steps() -> Vec<Step> {
    [
        node_and_access(),
        policies(),
        parameters_and_limits(),
        topology_and_messages(),
        clients(),
        health_and_end(),
    ]
    .concat()
}

fn node_and_access() -> Vec<Step> {
    let all = json!({"configure": ".*", "write": ".*", "read": ".*"});
    vec![
        ("GET", "/api/overview", None, 200),
        ("GET", "/api/version", None, 200),
        ("GET", "/api/extensions", None, 200),
        ("PUT", "/api/cluster-name", Some(json!({"name": "c"})), 204),
        ("GET", "/api/cluster-name", None, 200),
        ("GET", "/api/nodes", None, 200),
        ("GET", "/api/nodes/{node}", None, 200),
        ("GET", "/api/whoami", None, 200),
        ("PUT", "/api/users/u", Some(json!({"password": "p", "tags": ""})), 201),
        ("GET", "/api/users", None, 200),
        ("GET", "/api/users/u", None, 200),
        ("GET", "/api/users/without-permissions", None, 200),
        ("GET", "/api/auth/hash_password/x", None, 200),
        ("PUT", "/api/vhosts/v", None, 201),
        ("GET", "/api/vhosts", None, 200),
        ("GET", "/api/vhosts/v", None, 200),
        ("PUT", "/api/permissions/v/u", Some(all), 201),
        ("GET", "/api/permissions", None, 200),
        ("GET", "/api/permissions/v/u", None, 200),
        ("GET", "/api/users/u/permissions", None, 200),
        ("GET", "/api/vhosts/v/permissions", None, 200),
        ("DELETE", "/api/permissions/v/u", None, 204),
    ]
}

fn policies() -> Vec<Step> {
    let policy = json!({"pattern": ".*", "definition": {"max-length": 9}});
    vec![
        ("PUT", "/api/policies/v/p", Some(policy.clone()), 201),
        ("GET", "/api/policies", None, 200),
        ("GET", "/api/policies/v", None, 200),
        ("GET", "/api/policies/v/p", None, 200),
        ("DELETE", "/api/policies/v/p", None, 204),
        ("PUT", "/api/operator-policies/v/p", Some(policy), 201),
        ("GET", "/api/operator-policies", None, 200),
        ("GET", "/api/operator-policies/v", None, 200),
        ("GET", "/api/operator-policies/v/p", None, 200),
        ("DELETE", "/api/operator-policies/v/p", None, 204),
    ]
}

fn parameters_and_limits() -> Vec<Step> {
    let value = |value: Value| Some(json!({ "value": value }));
    let topic = json!({"exchange": "amq.topic", "write": "^w", "read": "^r"});
    vec![
        ("PUT", "/api/parameters/vhost-limits/v/limits", value(json!({"max-queues": 9})), 201),
        ("GET", "/api/parameters", None, 200),
        ("GET", "/api/parameters/vhost-limits", None, 200),
        ("GET", "/api/parameters/vhost-limits/v", None, 200),
        ("GET", "/api/parameters/vhost-limits/v/limits", None, 200),
        ("DELETE", "/api/parameters/vhost-limits/v/limits", None, 204),
        ("PUT", "/api/global-parameters/g", value(json!([1])), 201),
        ("GET", "/api/global-parameters", None, 200),
        ("GET", "/api/global-parameters/g", None, 200),
        ("DELETE", "/api/global-parameters/g", None, 204),
        ("PUT", "/api/vhost-limits/v/max-queues", value(json!(9)), 204),
        ("GET", "/api/vhost-limits", None, 200),
        ("GET", "/api/vhost-limits/v", None, 200),
        ("DELETE", "/api/vhost-limits/v/max-queues", None, 204),
        ("PUT", "/api/user-limits/u/max-channels", value(json!(9)), 204),
        ("GET", "/api/user-limits", None, 200),
        ("GET", "/api/user-limits/u", None, 200),
        ("DELETE", "/api/user-limits/u/max-channels", None, 204),
        ("PUT", "/api/topic-permissions/v/u", Some(topic.clone()), 201),
        ("GET", "/api/topic-permissions", None, 200),
        ("GET", "/api/topic-permissions/v/u", None, 200),
        ("GET", "/api/vhosts/v/topic-permissions", None, 200),
        ("GET", "/api/users/u/topic-permissions", None, 200),
        ("DELETE", "/api/topic-permissions/v/u/amq.topic", None, 204),
        ("PUT", "/api/topic-permissions/v/u", Some(topic), 201),
        ("DELETE", "/api/topic-permissions/v/u", None, 204),
        ("POST", "/api/vhosts/v/deletion/protection", None, 204),
        ("DELETE", "/api/vhosts/v", None, 412),
        ("DELETE", "/api/vhosts/v/deletion/protection", None, 204),
        ("GET", "/api/deprecated-features", None, 200),
        ("GET", "/api/deprecated-features/used", None, 200),
    ]
}

fn topology_and_messages() -> Vec<Step> {
    let publish = json!({"properties": {}, "routing_key": "q", "payload": "x", "payload_encoding": "string"});
    let get = json!({"count": 1, "ackmode": "ack_requeue_false", "encoding": "auto"});
    vec![
        ("PUT", "/api/exchanges/v/e", Some(json!({"type": "direct"})), 201),
        ("GET", "/api/exchanges", None, 200),
        ("GET", "/api/exchanges/v", None, 200),
        ("GET", "/api/exchanges/v/e", None, 200),
        ("PUT", "/api/queues/v/q", Some(json!({})), 201),
        ("GET", "/api/queues", None, 200),
        ("GET", "/api/queues/v", None, 200),
        ("GET", "/api/queues/v/q", None, 200),
        ("POST", "/api/bindings/v/e/e/q/q", Some(json!({"routing_key": "q"})), 201),
        ("GET", "/api/bindings", None, 200),
        ("GET", "/api/bindings/v", None, 200),
        ("GET", "/api/bindings/v/e/e/q/q", None, 200),
        ("GET", "/api/bindings/v/e/e/q/q/q", None, 200),
        ("GET", "/api/queues/v/q/bindings", None, 200),
        ("GET", "/api/exchanges/v/e/bindings/source", None, 200),
        ("GET", "/api/exchanges/v/e/bindings/destination", None, 200),
        ("POST", "/api/exchanges/v/e/publish", Some(publish), 200),
        ("POST", "/api/queues/v/q/get", Some(get), 200),
        ("GET", "/api/definitions", None, 200),
        ("POST", "/api/definitions", Some(json!({})), 204),
        ("GET", "/api/definitions/v", None, 200),
        ("POST", "/api/definitions/v", Some(json!({})), 204),
        ("DELETE", "/api/bindings/v/e/e/q/q/q", None, 204),
        ("POST", "/api/bindings/v/e/e/e/amq.topic", Some(json!({"routing_key": "k"})), 201),
        ("GET", "/api/bindings/v/e/e/e/amq.topic", None, 200),
        ("GET", "/api/bindings/v/e/e/e/amq.topic/k", None, 200),
        ("DELETE", "/api/bindings/v/e/e/e/amq.topic/k", None, 204),
        ("DELETE", "/api/queues/v/q/contents", None, 204),
        ("DELETE", "/api/queues/v/q", None, 204),
        ("DELETE", "/api/exchanges/v/e", None, 204),
    ]
}

fn clients() -> Vec<Step> {
    vec![
        ("GET", "/api/connections", None, 200),
        ("GET", "/api/vhosts/v/connections", None, 200),
        ("GET", "/api/connections/username/guest", None, 200),
        ("GET", "/api/connections/{connection}", None, 200),
        ("GET", "/api/connections/{connection}/channels", None, 200),
        ("GET", "/api/channels", None, 200),
        ("GET", "/api/vhosts/v/channels", None, 200),
        ("GET", "/api/channels/{channel}", None, 200),
        ("GET", "/api/consumers", None, 200),
        ("GET", "/api/consumers/v", None, 200),
        ("DELETE", "/api/connections/username/u", None, 204),
        ("DELETE", "/api/connections/{connection}", None, 204),
    ]
}

fn health_and_end() -> Vec<Step> {
    vec![
        ("GET", "/api/aliveness-test/v", None, 200),
        ("GET", "/api/health/checks/alarms", None, 200),
        ("GET", "/api/health/checks/local-alarms", None, 200),
        ("GET", "/api/health/checks/virtual-hosts", None, 200),
        ("GET", "/api/health/checks/port-listener/1", None, 503),
        ("GET", "/api/health/checks/protocol-listener/amqp", None, 200),
        ("GET", "/api/health/checks/is-in-service", None, 200),
        ("GET", "/api/health/checks/ready-to-serve-clients", None, 200),
        ("GET", "/api/health/checks/below-node-connection-limit", None, 200),
        ("GET", "/api/health/checks/reached-target-cluster-size", None, 200),
        ("GET", "/api/health/checks/node-is-quorum-critical", None, 200),
        ("GET", "/api/health/checks/metadata-store/initialized", None, 200),
        ("GET", "/api/health/checks/metadata-store/initialized/with-data", None, 200),
        ("GET", "/api/healthchecks/node", None, 200),
        ("GET", "/api/healthchecks/node/{node}", None, 200),
        ("DELETE", "/api/vhosts/v", None, 204),
        ("DELETE", "/api/users/u", None, 204),
        ("POST", "/api/users/bulk-delete", Some(json!({"users": []})), 204),
        ("GET", "/api/warren/status", None, 200),
        ("POST", "/api/warren/authenticate", Some(json!({"username": "guest", "password": "guest"})), 204),
        ("PUT", "/api/warren/alarms", Some(json!({"disk_free_limit": {"absolute": "1MB"}})), 204),
        ("POST", "/api/warren/stop_app", None, 204),
        ("POST", "/api/warren/reset", None, 204),
        ("POST", "/api/warren/start_app", None, 204),
        ("POST", "/api/warren/shutdown", None, 204),
    ]
}

/// Whether a concrete path belongs to a template.
fn matches(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len() && template.iter().zip(path).all(|(t, p)| t.starts_with('{') || *t == p)
}

#[test]
fn every_route_answers() {
    let server = Server::start();
    let mut client = server.amqp("c");
    client.channel(1);
    let connection =
        server.guest("GET", "/api/connections", None, 200)[0]["name"].as_str().unwrap().to_owned();
    let channel = warren_api::encode_segment(&format!("{connection} (1)"));
    let connection = warren_api::encode_segment(&connection);
    let node = server.ready["node"].as_str().unwrap().to_owned();
    // It answers the close that one of the steps asks for, and is gone before the app is stopped.
    let client = std::thread::spawn(move || {
        client.until("connection.close");
        client.close_ok();
    });
    let mut untested: BTreeSet<_> = warren_server::routes().into_iter().collect();
    for (method, path, body, status) in steps() {
        let path =
            path.replace("{connection}", &connection).replace("{channel}", &channel).replace("{node}", &node);
        let answer = server.admin(method, &path, body);
        assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
        let mut candidates: Vec<_> =
            untested.iter().filter(|(m, t)| m == method && matches(t, &path)).cloned().collect();
        // The most literal template is the one that the router takes.
        candidates.sort_by_key(|(_, template)| template.matches('{').count());
        if let Some(route) = candidates.first() {
            untested.remove(route);
        }
    }
    client.join().unwrap();
    assert!(untested.is_empty(), "routes without a step here: {untested:#?}");
    server.ended().unwrap();
}

#[test]
fn the_definitions_and_the_routes_are_the_same() {
    let routes: BTreeSet<_> = warren_server::routes().into_iter().collect();
    let defined: BTreeSet<_> =
        warren_api::endpoints().map(|endpoint| (endpoint.method.to_string(), endpoint.path)).collect();
    assert_eq!(routes, defined);
}

#[test]
fn the_page_lists_every_route() {
    let page = include_str!("../../../../docs/http-api.md");
    for (method, path) in warren_server::routes() {
        assert!(
            page.contains(&format!("| `{method}` | `{path}` |")),
            "docs/http-api.md lacks {method} {path}"
        );
    }
    let rows = page.lines().filter(|line| line.starts_with("| `") && line.contains("` | `/api/")).count();
    assert_eq!(rows, warren_server::routes().len(), "docs/http-api.md has routes that do not exist");
}
