//! Which policy applies to what, and what is refused.

use serde_json::json;

use warren_model::error::Error;
use warren_model::policy::{ApplyTo, Layer, Policy};

use super::table::*;
use crate::queues::QueueKind;
use serde_json::Value;

fn read(document: Value, layer: Layer) -> Result<Policy, Error> {
    super::read("/", "p", document.as_object().unwrap(), layer)
}

fn policy(name: &str, document: Value, layer: Layer) -> Policy {
    super::read("/", name, document.as_object().unwrap(), layer).unwrap()
}

#[test]
fn one_policy_applies_and_it_is_the_one_of_the_highest_priority() {
    let mut policies = Policies::default();
    for (name, pattern, priority) in [("a", ".*", 0), ("b", "^q", 5), ("c", "^q", 5), ("d", "^x", 9)] {
        let document =
            json!({"pattern": pattern, "priority": priority, "definition": {"max-length": priority}});
        policies.put(policy(name, document, Layer::User), Layer::User);
    }
    let object = Object::Queue(QueueKind::Classic);
    let found = |name: &str| policies.effective(name, object).unwrap();
    assert_eq!(found("q1").policy.as_deref(), Some("b"));
    assert_eq!(found("q1").definition["max-length"], 5);
    assert_eq!(found("other").policy.as_deref(), Some("a"));
    assert_eq!(policies.list(Layer::User).iter().map(|p| &*p.name).collect::<Vec<_>>(), ["a", "b", "c", "d"]);
    policies.remove("b", Layer::User);
    assert_eq!(policies.effective("q1", object).unwrap().policy.as_deref(), Some("c"));
}

#[test]
fn policies_are_for_what_they_are_applied_to() {
    let objects = [
        Object::Exchange,
        Object::Queue(QueueKind::Classic),
        Object::Queue(QueueKind::Quorum),
        Object::Queue(QueueKind::Stream),
    ];
    for (apply_to, covered) in [
        ("all", [true, true, true, true]),
        ("exchanges", [true, false, false, false]),
        ("queues", [false, true, true, true]),
        ("classic_queues", [false, true, false, false]),
        ("quorum_queues", [false, false, true, false]),
        ("streams", [false, false, false, true]),
    ] {
        let document = json!({"pattern": "", "apply-to": apply_to, "definition": {"max-length-bytes": 1}});
        // An empty pattern matches every name.
        assert_eq!(ApplyTo::from_name(apply_to).unwrap().as_str(), apply_to);
        let mut policies = Policies::default();
        policies.put(policy("p", document, Layer::User), Layer::User);
        assert_eq!(objects.map(|object| policies.effective("n", object).is_some()), covered, "{apply_to}");
    }
}

#[test]
fn an_operator_policy_applies_beside_a_policy() {
    let mut policies = Policies::default();
    let document = json!({"pattern": ".*", "definition": {"max-length": 10}});
    policies.put(policy("u", document, Layer::User), Layer::User);
    let document = json!({"pattern": "^q", "definition": {"max-length": 5, "expires": 9}});
    policies.put(policy("o", document, Layer::Operator), Layer::Operator);
    let found = policies.effective("q", Object::Queue(QueueKind::Classic)).unwrap();
    assert_eq!((found.policy.as_deref(), found.operator_policy.as_deref()), (Some("u"), Some("o")));
    assert_eq!(Value::Object(found.definition), json!({"expires": 9, "max-length": 5}));
    let found = policies.effective("x", Object::Queue(QueueKind::Classic)).unwrap();
    assert_eq!((found.policy.as_deref(), found.operator_policy.as_deref()), (Some("u"), None));
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let error = read(
        json!({"pattern": "(", "priority": "x", "apply-to": "y", "definition": {}, "z": 1}),
        Layer::User,
    )
    .unwrap_err();
    assert_eq!(
        error.reason(),
        "Validation failed\n\nno policy provided\napply-to 'y' unrecognised; should be one of: 'queues', \
         'classic_queues',  'quorum_queues', 'streams', 'exchanges', or 'all'\npattern should be regular expression \
         but is invalid: unclosed group\npriority should be a number, actually was <<\"x\">>\nUnrecognised terms \
         [{<<\"z\">>,1}] in p\n"
    );
    let error = read(json!({}), Layer::User).unwrap_err();
    assert_eq!(
        error.reason(),
        "Validation failed\n\nKey \"definition\" not found in p\nKey \"pattern\" not found in p\n"
    );
}

#[test]
fn policies_have_the_shape_of_definitions() {
    let read = policy("p", json!({"pattern": "^q", "definition": {"max-length": 1}}), Layer::User);
    let text = serde_json::to_string(&read).unwrap();
    assert_eq!(
        text,
        r#"{"vhost":"/","name":"p","pattern":"^q","apply-to":"all","definition":{"max-length":1},"priority":0}"#
    );
    assert_eq!(serde_json::from_str::<Policy>(&text).unwrap(), read);
}
