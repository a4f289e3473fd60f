//! Topic permissions as a client meets them.

use lapin::options::{ExchangeBindOptions, QueueBindOptions};
use lapin::types::{AMQPValue, FieldArray, FieldTable};
use lapin::{BasicProperties, Channel};
use serde_json::{Value, json};

use super::client::{
    User, ask, confirming, declare, delete, get, open, publish, publish_with, put, ready, refusal, run,
};
use crate::harness::Broker;

async fn bind(channel: &Channel, exchange: &str, key: &str) -> lapin::Result<()> {
    let (options, arguments) = (QueueBindOptions::default(), FieldTable::default());
    channel.queue_bind("q".into(), exchange.into(), key.into(), options, arguments).await
}

fn refused(broker: &Broker, user: &User<'_>, access: &str, key: &str) -> (u16, String) {
    let (vhost, user) = (&broker.vhost, &user.name);
    let text = format!(
        "ACCESS_REFUSED - {access} access to topic '{key}' in exchange 'amq.topic' in vhost '{vhost}' refused for user \
         '{user}'"
    );
    (403, text)
}

fn permit(broker: &Broker, user: &User<'_>, write: &str, read: &str) -> String {
    let path = format!("/api/topic-permissions/{{vhost}}/{}", user.name);
    put(broker, &path, json!({"exchange": "amq.topic", "write": write, "read": read}));
    path
}

#[test]
fn keys_that_match_are_permitted_and_others_refused() {
    let broker = Broker::start();
    let user = User::new(&broker, "");
    run(async {
        let path = permit(&broker, &user, "^{username}-", "^(a|#)");
        let connection = user.connect().await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        declare(&channel, "q", &[]).await.unwrap();
        bind(&channel, "amq.topic", "a.#").await.unwrap();
        bind(&channel, "amq.topic", "#").await.unwrap();
        // Only topic exchanges have them.
        bind(&channel, "amq.direct", "x").await.unwrap();
        assert_eq!(refusal(bind(&channel, "amq.topic", "b.#").await), refused(&broker, &user, "read", "b.#"));
        let channel = connection.create_channel().await.unwrap();
        let (options, arguments) = (ExchangeBindOptions::default(), FieldTable::default());
        let bound = channel
            .exchange_bind("amq.fanout".into(), "amq.topic".into(), "b".into(), options, arguments)
            .await;
        assert_eq!(refusal(bound), refused(&broker, &user, "read", "b"));
        let channel = confirming(&connection).await;
        let own = format!("{}-1", user.name);
        publish(&channel, "amq.topic", &own, "permitted").await.unwrap();
        publish(&channel, "amq.direct", "x", "permitted").await.unwrap();
        assert_eq!(ready(&channel, "q").await, 2);
        let answer = publish(&channel, "amq.topic", "bob.1", "refused").await;
        assert_eq!(refusal(answer), refused(&broker, &user, "write", "bob.1"));
        // Others are not held to what one user may.
        let (guests, _channel) = open(&broker).await;
        publish(&confirming(&guests).await, "amq.topic", "bob.1", "permitted").await.unwrap();
        // A change counts for connections that are open.
        delete(&broker, &path);
        let channel = confirming(&connection).await;
        publish(&channel, "amq.topic", "bob.1", "permitted").await.unwrap();
        assert_eq!(ready(&channel, "q").await, 4);
    });
}

#[test]
fn the_keys_in_headers_are_held_to_them_too() {
    let broker = Broker::start();
    let user = User::new(&broker, "");
    run(async {
        permit(&broker, &user, "^k$", ".*");
        let connection = user.connect().await.unwrap();
        for header in ["CC", "BCC"] {
            let channel = confirming(&connection).await;
            let mut headers = FieldTable::default();
            let keys = FieldArray::from(vec![AMQPValue::LongString("other".into())]);
            headers.insert(header.into(), AMQPValue::FieldArray(keys));
            let properties = BasicProperties::default().with_headers(headers);
            let answer = publish_with(&channel, "amq.topic", "k", "x", properties).await;
            assert_eq!(refusal(answer), refused(&broker, &user, "write", "other"), "{header}");
        }
    });
}

#[test]
fn they_are_listed_and_checked() {
    let broker = Broker::start();
    let user = User::new(&broker, "");
    let path = permit(&broker, &user, "^w", "^r");
    let entry = json!({"user": user.name, "vhost": broker.vhost, "exchange": "amq.topic", "write": "^w", "read": "^r"});
    for path in [
        &*path,
        &format!("/api/users/{}/topic-permissions", user.name),
        "/api/vhosts/{vhost}/topic-permissions",
    ] {
        assert_eq!(get(&broker, path), json!([entry]), "{path}");
    }
    let refusals = |path: &str, body: Value| {
        let (status, body) = ask(&broker, "PUT", path, &body);
        (status, body["reason"].clone())
    };
    let body = |exchange: &str| json!({"exchange": exchange, "write": "", "read": ""});
    assert_eq!(refusals(&path, body("nope")), (400, json!(["no_such_exchange", "nope"])));
    assert_eq!(
        refusals(&path, json!({"exchange": "amq.topic", "write": ""})),
        (400, json!("[{key_missing,read}]"))
    );
    assert_eq!(refusals(&path, json!({"exchange": "amq.topic", "write": "(", "read": ""})).0, 400);
    assert_eq!(
        refusals("/api/topic-permissions/{vhost}/nobody", body("amq.topic")),
        (400, json!("vhost_or_user_not_found"))
    );
    delete(&broker, &format!("{path}/amq.topic"));
    assert_eq!(ask(&broker, "DELETE", &path, &Value::Null).0, 404);
    assert_eq!(ask(&broker, "GET", &path, &Value::Null).0, 404);
}
