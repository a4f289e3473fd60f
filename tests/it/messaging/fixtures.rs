//! What nearly every test of this module does: declare with arguments, publish with properties, wait for dead letters and
//! read what they say of their past.

use amq_protocol::protocol::{AMQPClass, basic, exchange, queue};
use amq_protocol::types::{AMQPValue, FieldArray, FieldTable, LongString};

use crate::harness::{Broker, Message, Wire, eventually, method, segment, skip};

/// Names with values, as a table has them.
pub type Entries<'a> = &'a [(&'a str, AMQPValue)];

/// The channel that [`letters_from`] reads on.
const LETTERS: u16 = 900;
/// The channel that [`let_pass`] waits on.
const CLOCK: u16 = 901;

/// A table.
pub fn table(entries: Entries<'_>) -> FieldTable {
    let mut table = FieldTable::default();
    for (name, value) in entries {
        table.insert((*name).into(), value.clone());
    }
    table
}

/// A text, as an argument or a header.
pub fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(LongString::from(value))
}

/// A number, as an argument or a header.
pub fn number(value: i64) -> AMQPValue {
    i32::try_from(value).map_or(AMQPValue::LongLongInt(value), AMQPValue::LongInt)
}

/// An array of texts.
pub fn texts(values: &[&str]) -> AMQPValue {
    AMQPValue::FieldArray(values.iter().map(|value| text(value)).collect::<Vec<_>>().into())
}

/// Declares a durable queue with arguments, on channel 1.
#[track_caller]
pub fn queue_with(wire: &mut Wire, name: &str, arguments: Entries<'_>) {
    let arguments = table(arguments);
    wire.declare(1, queue::Declare { queue: name.into(), durable: true, arguments, ..Default::default() });
}

/// Declares a durable queue whose dead letters go to the queue `letters`, which is declared too and read from now on: what
/// comes to it is given by [`letter`].
#[track_caller]
pub fn queue_with_letters(wire: &mut Wire, name: &str, arguments: Entries<'_>) {
    let to = [("x-dead-letter-exchange", text("")), ("x-dead-letter-routing-key", text("letters"))];
    queue_with(wire, "letters", &[]);
    queue_with(wire, name, &[arguments, &to].concat());
    letters_from(wire, "letters");
}

/// Reads a queue from now on: what comes to it is given by [`letter`].
#[track_caller]
pub fn letters_from(wire: &mut Wire, queue: &str) {
    wire.open(LETTERS);
    let consume = basic::Consume { queue: queue.into(), no_ack: true, ..basic::Consume::default() };
    wire.consume_with(LETTERS, consume);
}

/// The next message in the queue that [`letters_from`] reads.
#[track_caller]
pub fn letter(wire: &mut Wire) -> Message {
    wire.message(LETTERS)
}

/// Bodies and reasons of the next `count` dead letters.
#[track_caller]
pub fn letters(wire: &mut Wire, count: usize) -> Vec<(String, String)> {
    let one = |_| {
        let letter = letter(wire);
        let death = deaths(&letter).into_iter().next().expect("a death");
        (letter.text().to_owned(), death.reason)
    };
    (0..count).map(one).collect()
}

/// Declares an exchange with arguments, on channel 1.
#[track_caller]
pub fn exchange_with(wire: &mut Wire, name: &str, kind: &str, arguments: Entries<'_>) {
    let declare = exchange::Declare {
        exchange: name.into(),
        kind: kind.into(),
        durable: true,
        arguments: table(arguments),
        ..exchange::Declare::default()
    };
    wire.accepted(1, AMQPClass::Exchange(exchange::AMQPMethod::Declare(declare)));
}

/// Starts a consumer with arguments.
#[track_caller]
pub fn consume_with(wire: &mut Wire, channel: u16, queue: &str, tag: &str, arguments: Entries<'_>) {
    let (queue, consumer_tag, arguments) = (queue.into(), tag.into(), table(arguments));
    wire.consume_with(channel, basic::Consume { queue, consumer_tag, arguments, ..Default::default() });
}

/// Properties that have nothing but these headers.
pub fn headers(entries: Entries<'_>) -> basic::AMQPProperties {
    basic::AMQPProperties::default().with_headers(table(entries))
}

/// Properties that have nothing but an expiration.
pub fn expiration(milliseconds: u32) -> basic::AMQPProperties {
    basic::AMQPProperties::default().with_expiration(milliseconds.to_string().into())
}

/// Publishes with properties on channel 1; nothing is waited for.
pub fn send(wire: &mut Wire, exchange: &str, key: &str, properties: basic::AMQPProperties, body: &str) {
    let (exchange, routing_key) = (exchange.into(), key.into());
    let publish = basic::Publish { exchange, routing_key, ..basic::Publish::default() };
    wire.publish_with(1, publish, properties, body.as_bytes());
}

/// Publishes with the mandatory flag on a channel in confirm mode, and tells whether the message was routed.
#[track_caller]
pub fn routes(
    wire: &mut Wire,
    channel: u16,
    exchange: &str,
    key: &str,
    properties: basic::AMQPProperties,
) -> bool {
    let (exchange, routing_key) = (exchange.into(), key.into());
    let publish = basic::Publish { exchange, routing_key, mandatory: true, immediate: false };
    let before = wire.arrived(channel);
    wire.publish_with(channel, publish, properties, b"");
    let _ack = wire.method(channel);
    let returned = wire.arrived(channel) > before;
    !returned
}

/// Waits until a queue has this many messages ready.
#[track_caller]
pub fn await_ready(wire: &mut Wire, queue: &str, count: u32) {
    eventually(&format!("{queue} has {count} ready"), || match wire.counts(1, queue).0 {
        ready if ready == count => Ok(()),
        ready => Err(format!("it has {ready}")),
    });
}

/// Lets time pass at the broker: whatever was to happen there within so many milliseconds has happened. A message with that
/// time to live tells when.
#[track_caller]
pub fn let_pass(wire: &mut Wire, milliseconds: u32) {
    wire.open(CLOCK);
    let to = [("x-dead-letter-exchange", text("")), ("x-dead-letter-routing-key", text("bell"))];
    queue_with(wire, "bell", &[]);
    queue_with(wire, "clock", &to);
    let consume = basic::Consume { queue: "bell".into(), no_ack: true, ..basic::Consume::default() };
    wire.consume_with(CLOCK, consume);
    let publish = basic::Publish { routing_key: "clock".into(), ..basic::Publish::default() };
    wire.publish_with(CLOCK, publish, expiration(milliseconds), b"");
    wire.message(CLOCK);
    wire.close(CLOCK);
}

/// Sets a policy, which is called after its pattern.
#[track_caller]
pub fn set_policy(broker: &Broker, pattern: &str, definition: serde_json::Value) {
    let path = format!("/api/policies/{}/{}", segment(&broker.vhost), segment(pattern));
    let policy = serde_json::json!({"pattern": pattern, "definition": definition, "apply-to": "all"});
    let answer = broker.http("PUT", &path, &policy.to_string());
    assert!(matches!(answer.status, 201 | 204), "{} {}", answer.status, answer.body);
}

/// A name for a user that no other test has. It does not have the virtual host's name in it.
pub fn user_name(broker: &Broker, name: &str) -> String {
    format!("{name}-{}", broker.vhost.replace('-', "_").replace('/', "root"))
}

/// Whether a broker has what came with RabbitMQ 4. It is said when not, for a test that ends then.
pub fn has_version_4(broker: &Broker) -> bool {
    if broker.is_own() {
        return true;
    }
    let overview: serde_json::Value =
        serde_json::from_str(&broker.http("GET", "/api/overview", "").body).expect("overview");
    let version = overview["rabbitmq_version"].as_str().expect("rabbitmq_version");
    let major: u32 = version.split('.').next().expect("a number").parse().expect("a number");
    if major < 4 {
        skip(&format!("this is RabbitMQ {version}, without what 4.0 brought"), false);
    }
    major >= 4
}

/// The arguments of a queue as the management API shows them, without the type that RabbitMQ adds where none was given.
#[track_caller]
pub fn shown_arguments(broker: &Broker, queue: &str) -> serde_json::Value {
    let path = format!("/api/queues/{}/{}", segment(&broker.vhost), segment(queue));
    let mut shown: serde_json::Value =
        serde_json::from_str(&broker.http("GET", &path, "").body).expect("JSON");
    let arguments = shown["arguments"].as_object_mut().expect("arguments");
    if arguments.get("x-queue-type").is_some_and(|kind| kind == "classic") {
        arguments.remove("x-queue-type");
    }
    shown["arguments"].take()
}

/// An entry of the header `x-death`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Death {
    /// The queue that it died in.
    pub queue: String,
    /// Why.
    pub reason: String,
    /// How often.
    pub count: i64,
    /// The exchange that it had been published to.
    pub exchange: String,
    /// The routing keys that it had been published with.
    pub keys: Vec<String>,
    /// When it died, in seconds since 1970.
    pub time: u64,
    /// Its expiration, which it has no longer.
    pub original_expiration: Option<String>,
}

impl Death {
    /// Queue, reason and count: what tells deaths apart.
    pub fn short(&self) -> (&str, &str, i64) {
        (&self.queue, &self.reason, self.count)
    }
}

/// A header of a message.
pub fn header<'a>(message: &'a Message, name: &str) -> Option<&'a AMQPValue> {
    message.properties.headers().as_ref().and_then(|headers| headers.inner().get(name))
}

/// A header that is text.
#[track_caller]
pub fn text_header(message: &Message, name: &str) -> String {
    as_text(header(message, name).unwrap_or_else(|| panic!("{name} in {:?}", message.properties)))
}

/// The header `x-death`, the most recent death first. Empty when there is none.
#[track_caller]
pub fn deaths(message: &Message) -> Vec<Death> {
    match header(message, "x-death") {
        None => Vec::new(),
        Some(AMQPValue::FieldArray(deaths)) => deaths.as_slice().iter().map(death).collect(),
        other => panic!("x-death is {other:?}"),
    }
}

#[track_caller]
fn death(entry: &AMQPValue) -> Death {
    let AMQPValue::FieldTable(entry) = entry else { panic!("not a table: {entry:?}") };
    let get = |name: &str| entry.inner().get(name);
    let must = |name: &str| get(name).unwrap_or_else(|| panic!("{name} in {entry:?}"));
    let AMQPValue::FieldArray(keys) = must("routing-keys") else { panic!("routing-keys in {entry:?}") };
    let AMQPValue::LongLongInt(count) = must("count") else { panic!("count in {entry:?}") };
    let AMQPValue::Timestamp(time) = must("time") else { panic!("time in {entry:?}") };
    Death {
        queue: as_text(must("queue")),
        reason: as_text(must("reason")),
        count: *count,
        exchange: as_text(must("exchange")),
        keys: as_texts(keys),
        time: *time,
        original_expiration: get("original-expiration").map(as_text),
    }
}

fn as_texts(values: &FieldArray) -> Vec<String> {
    values.as_slice().iter().map(as_text).collect()
}

#[track_caller]
fn as_text(value: &AMQPValue) -> String {
    match value {
        AMQPValue::LongString(text) => String::from_utf8(text.as_bytes().to_vec()).expect("UTF-8"),
        other => panic!("not text: {other:?}"),
    }
}

/// A declaration of a durable queue, for a server that must refuse it.
pub fn declaration(name: &str, arguments: Entries<'_>) -> AMQPClass {
    method!(queue::Declare { queue: name, durable: true, arguments: table(arguments) })
}
