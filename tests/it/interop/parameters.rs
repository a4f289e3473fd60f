//! Runtime parameters and global parameters, and what they do to a client.

use serde_json::{Value, json};

use super::client::{User, ask, declare, delete, get, open, put, refusal, run};
use crate::harness::Broker;

#[test]
fn limits_of_a_virtual_host_are_a_parameter() {
    let broker = Broker::start();
    let vhost = &broker.vhost;
    let path = "/api/parameters/vhost-limits/{vhost}/limits";
    run(async {
        assert_eq!(ask(&broker, "PUT", path, &json!({"value": {"max-queues": 1}})), (201, Value::Null));
        assert_eq!(ask(&broker, "PUT", path, &json!({"value": {"max-queues": 0}})), (204, Value::Null));
        let (_connection, channel) = open(&broker).await;
        let text = format!(
            "PRECONDITION_FAILED - cannot declare queue 'q': queue limit in vhost '{vhost}' (0) is reached"
        );
        assert_eq!(refusal(declare(&channel, "q", &[]).await), (406, text));
        let shown = json!({"vhost": vhost, "component": "vhost-limits", "name": "limits", "value": {"max-queues": 0}});
        assert_eq!(get(&broker, path), shown);
        assert_eq!(get(&broker, "/api/parameters/vhost-limits/{vhost}"), json!([shown]));
        delete(&broker, path);
        assert_eq!(ask(&broker, "GET", path, &Value::Null).0, 404);
        assert_eq!(ask(&broker, "DELETE", path, &Value::Null).0, 404);
        let (_connection, channel) = open(&broker).await;
        declare(&channel, "q", &[]).await.unwrap();
    });
}

#[test]
fn an_operator_policy_is_a_parameter() {
    let broker = Broker::start();
    let path = "/api/parameters/operator_policy/{vhost}/o";
    let value = json!({"pattern": ".*", "definition": {"max-length": 1}, "priority": 2});
    assert_eq!(ask(&broker, "PUT", path, &json!({ "value": value })), (201, Value::Null));
    let policies = get(&broker, "/api/operator-policies/{vhost}");
    assert_eq!((&policies[0]["name"], &policies[0]["priority"]), (&json!("o"), &json!(2)));
    delete(&broker, path);
    assert_eq!(get(&broker, "/api/operator-policies/{vhost}"), json!([]));
}

#[test]
fn what_is_wrong_with_a_parameter_is_said() {
    let broker = Broker::start();
    for (path, value, reason) in [
        ("bogus/{vhost}/x", json!(1), "Validation failed\n\ncomponent bogus not found\n"),
        ("policy/{vhost}/x", json!({}), "policies may not be set using this method"),
        (
            "operator_policy/{vhost}/x",
            json!({"pattern": ".*"}),
            "Validation failed\n\nKey \"definition\" not found in x\nKey \"priority\" not found in x\n",
        ),
        ("vhost-limits/{vhost}/limits", json!(5), "Validation failed\n\nlimits not a list 5\n"),
        (
            "vhost-limits/{vhost}/limits",
            json!({"max-queues": "x"}),
            "Validation failed\n\nmax-queues should be a number, actually was <<\"x\">>\n",
        ),
    ] {
        let answer = ask(&broker, "PUT", &format!("/api/parameters/{path}"), &json!({ "value": value }));
        assert_eq!(answer, (400, json!({"error": "bad_request", "reason": reason})), "{path}");
    }
    let answer = ask(&broker, "PUT", "/api/parameters/vhost-limits/{vhost}/limits", &json!({}));
    assert_eq!(answer, (400, json!({"error": "bad_request", "reason": "[{key_missing,value}]"})));
    assert_eq!(get(&broker, "/api/parameters/vhost-limits/{vhost}"), json!([]));
    let manager = User::new(&broker, "management");
    let answer = manager.ask("PUT", "/api/parameters/vhost-limits/{vhost}/limits", &json!({"value": {}}));
    assert_eq!(
        answer,
        (401, json!({"error": "not_authorised", "reason": "User not authorised to access object"}))
    );
}

#[test]
fn global_parameters_are_documents_by_name() {
    let broker = Broker::start();
    let name = format!("interop-{}", std::process::id());
    let path = format!("/api/global-parameters/{name}");
    let value = json!({"a": [1, null, "x", 1.5, true]});
    assert_eq!(ask(&broker, "PUT", &path, &json!({ "value": value })), (201, Value::Null));
    assert_eq!(get(&broker, &path), json!({"name": name, "value": value}));
    assert_eq!(ask(&broker, "PUT", &path, &json!({"value": 2})), (204, Value::Null));
    assert!(
        get(&broker, "/api/global-parameters")
            .as_array()
            .unwrap()
            .contains(&json!({"name": name, "value": 2}))
    );
    assert_eq!(ask(&broker, "PUT", &path, &json!({})).1["reason"], "[{key_missing,value}]");
    delete(&broker, &path);
    assert_eq!(ask(&broker, "DELETE", &path, &Value::Null).0, 404);
    let maker = User::new(&broker, "policymaker");
    assert_eq!(maker.ask("PUT", &path, &json!({"value": 3})).0, 201);
    assert_eq!(maker.ask("DELETE", &path, &Value::Null).0, 204);
    let manager = User::new(&broker, "management");
    assert_eq!(manager.ask("PUT", &path, &json!({"value": 3})).0, 401);
    // What policies are to operators they are to those who make them.
    let definition = json!({"pattern": ".*", "definition": {"max-length": 1}});
    for (user, expected) in [(&maker, 201), (&manager, 401)] {
        assert_eq!(user.ask("PUT", "/api/policies/{vhost}/p", &definition).0, expected);
        assert_eq!(user.ask("PUT", "/api/operator-policies/{vhost}/o", &definition).0, 401);
    }
    put(&broker, "/api/operator-policies/{vhost}/o", definition);
    for (user, expected) in [(&maker, 200), (&manager, 401)] {
        assert_eq!(user.ask("GET", "/api/policies/{vhost}/p", &Value::Null).0, expected);
        assert_eq!(user.ask("GET", "/api/policies/{vhost}", &Value::Null).0, 200);
        assert_eq!(user.ask("GET", "/api/operator-policies/{vhost}/o", &Value::Null).0, 401);
        assert_eq!(user.ask("GET", "/api/operator-policies/{vhost}", &Value::Null).0, 200);
    }
}
