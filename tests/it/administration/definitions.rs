//! Definitions: what operators set is carried by them, out of one node and into another.

use serde_json::{Value, json};

use super::{get, put};
use crate::harness::Broker;

/// Something of everything.
fn furnish(broker: &Broker) {
    put(broker, "/api/vhosts/v", json!({"description": "d", "default_queue_type": "quorum"}));
    broker.permit_user("alice", "^c", "^w", "^r");
    put(
        broker,
        "/api/policies/%2F/p",
        json!({"pattern": "^q", "priority": 3, "definition": {"max-length": 10}}),
    );
    put(broker, "/api/operator-policies/v/o", json!({"pattern": ".", "definition": {"max-length": 7}}));
    put(broker, "/api/vhost-limits/v/max-queues", json!({"value": 5}));
    put(broker, "/api/user-limits/alice/max-channels", json!({"value": 9}));
    put(
        broker,
        "/api/topic-permissions/%2F/alice",
        json!({"exchange": "amq.topic", "write": "^w", "read": "^r"}),
    );
    put(broker, "/api/global-parameters/g", json!({"value": {"a": [1, null]}}));
    put(broker, "/api/global-parameters/cluster_name", json!({"value": "east"}));
}

#[test]
fn a_node_moves_with_all_that_operators_set() {
    let Some(one) = Broker::start_own(None) else { return };
    furnish(&one);
    let document = get(&one, "/api/definitions");
    assert_eq!(
        document["policies"],
        json!([{"vhost": "/", "name": "p", "pattern": "^q", "apply-to": "all", "definition": {"max-length": 10},
            "priority": 3}])
    );
    assert_eq!(document["parameters"].as_array().unwrap().len(), 2, "{document}");
    assert_eq!(document["global_parameters"][1], json!({"name": "g", "value": {"a": [1, null]}}));
    let Some(mut two) = Broker::start_own(None) else { return };
    assert_eq!(two.http("POST", "/api/definitions", &document.to_string()).status, 204);
    assert_eq!(get(&two, "/api/definitions"), document);
    put(&two, "/api/queues/%2F/q", json!({"durable": true}));
    assert_eq!(get(&two, "/api/queues/%2F/q")["policy"], "p");
    two.crash_and_restart();
    let mut again = get(&two, "/api/definitions");
    again["queues"] = json!([]);
    assert_eq!(again, document);
}

#[test]
fn one_vhost_moves_with_its_policies_and_parameters() {
    let Some(broker) = Broker::start_own(None) else { return };
    furnish(&broker);
    let document = get(&broker, "/api/definitions/v");
    assert_eq!(document["parameters"].as_array().unwrap().len(), 2, "{document}");
    assert!(document["parameters"][0].get("vhost").is_none(), "{document}");
    put(&broker, "/api/vhosts/w", json!({}));
    assert_eq!(broker.http("POST", "/api/definitions/w", &document.to_string()).status, 204);
    assert_eq!(get(&broker, "/api/operator-policies/w")[0]["definition"], json!({"max-length": 7}));
    assert_eq!(get(&broker, "/api/vhost-limits/w"), json!([{"vhost": "w", "value": {"max-queues": 5}}]));
}

#[test]
fn what_is_wrong_is_refused_before_anything_changes() {
    let Some(broker) = Broker::start_own(None) else { return };
    let good = json!({"name": "good", "vhost": "/", "pattern": ".*", "definition": {"max-length": 1}});
    for (section, bad, reason) in [
        (
            "policies",
            json!({"name": "p", "vhost": "/", "pattern": ".*"}),
            "Key \"definition\" not found in p",
        ),
        ("policies", json!({"name": "p", "vhost": "/", "definition": {}}), "no policy provided"),
        (
            "policies",
            json!({"name": "p", "vhost": "no", "pattern": "", "definition": {}}),
            "there is no vhost 'no'",
        ),
        (
            "parameters",
            json!({"component": "shovel", "vhost": "/", "name": "s", "value": {}}),
            "component shovel not found",
        ),
        (
            "topic_permissions",
            json!({"user": "nobody", "vhost": "/", "exchange": "x", "write": "", "read": ""}),
            "of which one does not exist",
        ),
        (
            "users",
            json!({"name": "u", "password_hash": "", "tags": "", "limits": {"bogus": 1}}),
            "Unrecognised terms",
        ),
    ] {
        let mut document = json!({ "policies": [good] });
        match section {
            "policies" => document["policies"].as_array_mut().unwrap().push(bad),
            section => document[section] = json!([bad]),
        }
        let answer = broker.http("POST", "/api/definitions", &document.to_string());
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(answer.status, 400, "{document}");
        assert!(body["reason"].as_str().unwrap().contains(reason), "{body}");
        assert_eq!(get(&broker, "/api/policies"), json!([]), "{document}");
    }
}

#[test]
fn a_refused_import_leaves_no_trace_and_costs_nobody_anything() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    let document = json!({
        "users": [{"name": "u1", "password": "p", "tags": "management"}],
        "vhosts": [{"name": "v1"}],
        "permissions": [{"user": "u1", "vhost": "v1", "configure": "(", "write": ".*", "read": ".*"}],
        "queues": [{"name": "q", "vhost": "v1", "durable": true, "arguments": {"x-max-length": -1}}],
    });
    let answer = broker.http("POST", "/api/definitions", &document.to_string());
    assert_eq!(answer.status, 400, "{}", answer.body);
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    let reason = body["reason"].as_str().unwrap();
    for fault in ["permissions[0]: regular expression '(' is invalid", "queues[0].arguments.x-max-length: "] {
        assert!(reason.contains(fault), "{reason}");
    }
    for _ in 0..2 {
        let names = |path| {
            let listed = get(&broker, path);
            listed.as_array().unwrap().iter().map(|item| item["name"].clone()).collect::<Vec<_>>()
        };
        assert_eq!((names("/api/users"), names("/api/vhosts")), (vec![json!("guest")], vec![json!("/")]));
        assert_eq!(broker.http("PUT", "/api/queues/v1/q", "{}").status, 404);
        broker.crash_and_restart();
    }
}

#[test]
fn the_clusters_name_survives_a_crash() {
    let Some(mut broker) = Broker::start_own(None) else { return };
    put(&broker, "/api/cluster-name", json!({"name": "east"}));
    broker.crash_and_restart();
    assert_eq!(get(&broker, "/api/cluster-name")["name"], "east");
    assert_eq!(get(&broker, "/api/global-parameters/cluster_name")["value"], "east");
    assert_eq!(broker.http("PUT", "/api/cluster-name", r#"{"name": "a\u0000b"}"#).status, 400);
}

#[test]
fn every_fault_of_an_item_is_told_by_its_key() {
    let Some(broker) = Broker::start_own(None) else { return };
    let document = json!({
        "queues": [{"name": "q", "vhost": "/", "durable": "x", "arguments": {"x-max-length": "a", "x-queue-type": "no"}}],
        "exchanges": [{"name": 5, "vhost": "/", "type": "", "durable": true, "auto_delete": false, "internal": 1}],
        "vhosts": [{"name": "v", "default_queue_type": "quorums"}],
        "policies": [{"name": "p", "vhost": {"a": null}, "pattern": "", "definition": {"max-length": 1}}],
    });
    let answer = broker.http("POST", "/api/definitions", &document.to_string());
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    let reason = body["reason"].as_str().unwrap();
    let mut places: Vec<_> = reason.lines().filter_map(|line| line.split(": ").next()).collect();
    places.sort_unstable();
    let expected = [
        "exchanges[0].internal",
        "exchanges[0].name",
        "exchanges[0].type",
        "policies[0].vhost",
        "queues[0].arguments.x-max-length",
        "queues[0].arguments.x-queue-type",
        "queues[0].durable",
        "vhosts[0].default_queue_type",
    ];
    assert_eq!(places, expected, "{reason}");
}

#[test]
fn an_import_leaves_of_a_vhost_what_it_does_not_say() {
    let Some(broker) = Broker::start_own(None) else { return };
    let given = json!({"description": "d", "tags": "t", "default_queue_type": "quorum", "protected_from_deletion": true});
    put(&broker, "/api/vhosts/p", given);
    assert_eq!(broker.http("POST", "/api/definitions", r#"{"vhosts": [{"name": "p"}]}"#).status, 204);
    let vhost = get(&broker, "/api/vhosts/p");
    assert_eq!((&vhost["description"], &vhost["default_queue_type"]), (&json!("d"), &json!("quorum")));
    assert_eq!(broker.http("DELETE", "/api/vhosts/p", "").status, 412);
}
