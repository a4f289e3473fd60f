//! Which messages wait and how they go on, and what the other type may be.

use warren_model::properties::BasicProperties;

use super::*;
use crate::exchanges::contract::Registered;
use crate::exchanges::contract::fixtures::{binding, routed, table};
use crate::exchanges::stateful::recent_history::RecentHistory;
use crate::exchanges::stateless::consistent_hash::ConsistentHash;
use crate::exchanges::stateless::direct::Direct;

const TYPES: Types = Types(&[
    Registered::of::<Direct>(),
    Registered::of::<ConsistentHash>(),
    Registered::of::<DelayedMessage>(),
    Registered::of::<RecentHistory>(),
]);

fn properties(delay: FieldValue) -> BasicProperties {
    let mut headers = FieldTable::new();
    headers.insert("other", 1);
    headers.insert(X_DELAY, delay);
    BasicProperties { headers: Some(headers), delivery_mode: Some(1), ..BasicProperties::default() }
}

#[test]
fn delays_are_numbers_above_zero() {
    for (value, expected) in [
        (FieldValue::from(5), Some(5)),
        (5i64.into(), Some(5)),
        (FieldValue::ShortShortUint(200), Some(200)),
        ("1500".into(), Some(1500)),
        (FieldValue::Double(2.9), Some(2)),
        (i64::MAX.into(), Some(i64::MAX as u64)),
        (0.into(), None),
        ((-5).into(), None),
        ("soon".into(), None),
        (FieldValue::Double(f64::NAN), None),
        (true.into(), None),
    ] {
        assert_eq!(delay_of(&properties(value.clone()).to_bytes()), expected, "{value:?}");
    }
    assert_eq!(delay_of(&[0, 0]), None);
    assert_eq!(Delays::due_at(&properties(i64::MAX.into()).to_bytes(), u64::MAX - 1), u64::MAX);
}

#[test]
fn what_has_waited_does_not_wait_again_and_is_as_durable_as_it_was() {
    for (delay, over) in [(FieldValue::from(5), FieldValue::from(-5)), ("5".into(), (-5).into())] {
        let message = OwnedMessage {
            exchange: "e".into(),
            routing_key: "k".into(),
            properties: properties(delay).to_bytes(),
            body: bytes::Bytes::from_static(b"x"),
            persistent: true,
            mandatory: false,
            annotated: false,
        };
        let past = past(message);
        assert_eq!(BasicProperties::decode(&past.properties).unwrap(), properties(over));
        assert_eq!(delay_of(&past.properties), None);
        assert!(!past.persistent);
    }
}

fn delayed(arguments: &[(&str, FieldValue)]) -> Result<Box<dyn Router>, Error> {
    DelayedMessage::router(&table(arguments), TYPES)
}

#[test]
fn it_routes_as_the_other_type() {
    let mut router = delayed(&[(X_DELAYED_TYPE, "direct".into())]).unwrap();
    router.bind(&binding("q", "k", &[])).unwrap();
    assert_eq!(routed(&*router, "k", &[]), ["q"]);
    assert!(routed(&*router, "other", &[]).is_empty());
    router.unbind(&binding("q", "k", &[]));
    assert!(routed(&*router, "k", &[]).is_empty());
}

#[test]
fn the_other_type_must_be_one() {
    let refusal = |arguments: &[(&str, FieldValue)]| {
        let error = delayed(arguments).err().unwrap();
        (error.name(), error.reason().to_owned())
    };
    let invalid = (
        "PRECONDITION_FAILED",
        "Invalid argument, 'x-delayed-type' must be an existing exchange type".to_owned(),
    );
    assert_eq!(refusal(&[]), invalid);
    assert_eq!(refusal(&[(X_DELAYED_TYPE, 5.into())]), invalid);
    assert_eq!(refusal(&[(X_DELAYED_TYPE, "x-delayed-message".into())]), invalid);
    assert_eq!(refusal(&[(X_DELAYED_TYPE, "x-recent-history".into())]), invalid);
    let unknown = ("PRECONDITION_FAILED", "unknown exchange type 'carousel'".to_owned());
    assert_eq!(refusal(&[(X_DELAYED_TYPE, "carousel".into())]), unknown);
    let inner = [(X_DELAYED_TYPE, "x-consistent-hash".into()), ("hash-property", "app_id".into())];
    assert_eq!(refusal(&inner), ("PRECONDITION_FAILED", "Unsupported property: app_id".to_owned()));
}
