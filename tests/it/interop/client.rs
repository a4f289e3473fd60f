//! What tests with lapin share: connections, the calls that they make most, and the HTTP API beside them.

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use lapin::options::{BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties};
use serde_json::Value;

use crate::harness::{Broker, segment};

/// Runs what a test does on a runtime of its own, and not for ever.
pub fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(Duration::from_secs(60), test).await.unwrap() })
}

/// A user of the broker with the password `secret` and all permissions in the test's virtual host, gone with the test.
pub struct User<'b> {
    broker: &'b Broker,
    pub name: String,
}

impl<'b> User<'b> {
    pub fn new(broker: &'b Broker, tags: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("interop-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        put(broker, &format!("/api/users/{name}"), serde_json::json!({"password": "secret", "tags": tags}));
        let all = serde_json::json!({"configure": ".*", "write": ".*", "read": ".*"});
        put(broker, &format!("/api/permissions/{{vhost}}/{name}"), all);
        Self { broker, name }
    }

    pub async fn connect(&self) -> lapin::Result<Connection> {
        let vhost = segment(&self.broker.vhost);
        connect_to(&format!("amqp://{}:secret@{}/{vhost}", self.name, self.broker.amqp)).await
    }

    /// One request to the HTTP API, as this user: status and body.
    pub fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let path = here(self.broker, path);
        let answer = self.broker.http_as((&self.name, "secret"), method, &path, &body.to_string());
        (answer.status, serde_json::from_str(&answer.body).unwrap_or_default())
    }
}

impl Drop for User<'_> {
    fn drop(&mut self) {
        self.broker.http("DELETE", &format!("/api/users/{}", self.name), "");
    }
}

async fn connect_to(uri: &str) -> lapin::Result<Connection> {
    Connection::connect(uri, ConnectionProperties::default()).await
}

/// A connection of guest.
pub async fn connect(broker: &Broker) -> lapin::Result<Connection> {
    connect_to(&broker.uri()).await
}

/// A connection of guest with a channel.
pub async fn open(broker: &Broker) -> (Connection, Channel) {
    let connection = connect(broker).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    (connection, channel)
}

/// A channel that confirms.
pub async fn confirming(connection: &Connection) -> Channel {
    let channel = connection.create_channel().await.unwrap();
    channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
    channel
}

/// Declares a durable queue with arguments that are texts or numbers.
pub async fn declare(channel: &Channel, name: &str, arguments: &[(&str, Value)]) -> lapin::Result<u32> {
    let options = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    let mut table = FieldTable::default();
    for (key, value) in arguments {
        let value = match value {
            Value::Number(number) => AMQPValue::LongLongInt(number.as_i64().unwrap()),
            text => AMQPValue::LongString(text.as_str().unwrap().into()),
        };
        table.insert((*key).into(), value);
    }
    channel.queue_declare(name.into(), options, table).await.map(|queue| queue.message_count())
}

/// Messages that are ready in a queue.
pub async fn ready(channel: &Channel, queue: &str) -> u32 {
    let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    channel.queue_declare(queue.into(), passive, FieldTable::default()).await.unwrap().message_count()
}

/// Publishes a persistent message with the mandatory flag, and waits for what becomes of it.
pub async fn publish(
    channel: &Channel,
    exchange: &str,
    key: &str,
    body: &str,
) -> lapin::Result<Confirmation> {
    publish_with(channel, exchange, key, body, BasicProperties::default()).await
}

pub async fn publish_with(
    channel: &Channel,
    exchange: &str,
    key: &str,
    body: &str,
    properties: BasicProperties,
) -> lapin::Result<Confirmation> {
    let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
    let properties = properties.with_delivery_mode(2);
    channel.basic_publish(exchange.into(), key.into(), options, body.as_bytes(), properties).await?.await
}

/// Reply code and text with which the server refused.
#[track_caller]
pub fn refusal<T>(result: lapin::Result<T>) -> (u16, String) {
    let Err(error) = result else { panic!("is not refused") };
    match error.kind() {
        lapin::ErrorKind::ProtocolError(error) => (error.get_id(), error.get_message().to_string()),
        other => panic!("not an error of the server: {other:?}"),
    }
}

/// A path of the HTTP API with the test's virtual host in the place of `{vhost}`.
pub fn here(broker: &Broker, path: &str) -> String {
    path.replace("{vhost}", &segment(&broker.vhost))
}

/// One request to the HTTP API, as guest: status and body.
pub fn ask(broker: &Broker, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let answer = broker.http(method, &here(broker, path), &body.to_string());
    (answer.status, serde_json::from_str(&answer.body).unwrap_or_default())
}

/// Sets something over the HTTP API, which must go well.
#[track_caller]
pub fn put(broker: &Broker, path: &str, body: Value) {
    let (status, answer) = ask(broker, "PUT", path, &body);
    assert!(matches!(status, 201 | 204), "{path}: {status} {answer}");
}

/// Deletes something over the HTTP API, which must go well.
#[track_caller]
pub fn delete(broker: &Broker, path: &str) {
    assert_eq!(ask(broker, "DELETE", path, &Value::Null).0, 204, "{path}");
}

/// What the HTTP API answers.
#[track_caller]
pub fn get(broker: &Broker, path: &str) -> Value {
    let (status, body) = ask(broker, "GET", path, &Value::Null);
    assert_eq!(status, 200, "{path}: {body}");
    body
}

/// Waits until `value` gives what is expected. Some brokers apply changes a moment after they are made, or show them so.
pub async fn becomes<T: PartialEq + std::fmt::Debug>(
    what: &str,
    expected: T,
    mut value: impl AsyncFnMut() -> T,
) {
    let deadline = std::time::Instant::now() + Duration::from_secs(30);
    loop {
        let found = value().await;
        if found == expected {
            return;
        }
        assert!(std::time::Instant::now() < deadline, "{what}: {found:?}, not {expected:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
