//! Dead letters: messages that a queue gives up are published to its dead-letter exchange (RabbitMQ, dead lettering).
//!
//! A queue hands them to [`Effects`], because it is locked then. Where they go is logged before their old queue lets go of
//! them, in one append, so that a crash loses none.

use std::sync::Arc;

use warren_model::properties::BasicProperties;
use warren_model::value::{FieldTable, FieldValue};

use crate::effects::Effects;
use crate::publishing;
use crate::queues::{Held, Outcome, Queue, QueueRules};
use warren_model::message::OwnedMessage;
use warren_model::message::annotations::{self, Annotations};
use warren_model::message::cc_bcc;

/// Why a message is dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// A consumer refused it.
    Rejected,
    /// Its time was over.
    Expired,
    /// The queue was full.
    MaxLength,
    /// Deliveries failed too often.
    DeliveryLimit,
}

impl Reason {
    fn as_str(self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::MaxLength => "maxlen",
            Self::DeliveryLimit => "delivery_limit",
        }
    }
}

/// A message on its way to a dead-letter exchange.
pub(crate) struct DeadLetter {
    /// The queue that gave it up.
    pub(crate) queue: Arc<Queue>,
    /// The rules that the queue went by.
    pub(crate) rules: Arc<QueueRules>,
    /// Its place in the queue, if it had one.
    pub(crate) held: Option<Held>,
    /// Why it was given up.
    pub(crate) reason: Reason,
    /// The message as it was in the queue.
    pub(crate) message: OwnedMessage,
}

impl DeadLetter {
    /// Publishes it. No lock may be held.
    pub(crate) fn publish(self, effects: &mut Effects) {
        let reached = self.send(effects);
        let Some(held) = self.held else { return };
        if reached || !self.rules.at_least_once {
            self.queue.end_burial(&held, effects);
        } else {
            self.queue.keep(held, self.reason);
        }
    }

    /// Whether a queue took it.
    fn send(&self, effects: &mut Effects) -> bool {
        let home = self.queue.context();
        let (Some(vhost), Some(exchange)) = (home.vhost.upgrade(), &self.rules.dead_letter_exchange) else {
            return false;
        };
        let (original, noted) = (&self.message.properties, self.message.noted);
        let visible = annotations::shown(original, noted);
        let Ok(mut properties) = BasicProperties::decode(visible) else { return false };
        let before = Annotations::of(original, noted);
        let copies = cc_bcc::noted(&self.message.as_message(), &before);
        let headers = properties.headers.get_or_insert_default();
        if !before.deaths {
            forget_deaths(headers);
        }
        let own = std::iter::once(&self.message.routing_key);
        let original_keys: Vec<_> = own.chain(&copies.shown).cloned().collect();
        let (keys, notes) = match &self.rules.dead_letter_routing_key {
            // The keys that the message was sent to besides are not those of the dead letter.
            Some(key) => (vec![key.to_string()], Annotations { rekeyed: true, ..Annotations::default() }),
            None => (original_keys.iter().chain(&copies.blind).cloned().collect(), before),
        };
        let expiration = properties.expiration.take();
        let deaths = self.record(headers, &original_keys, expiration.as_deref(), home.clock.now() / 1000);
        let mut properties = properties.to_bytes();
        let noted = Annotations { deaths: true, ..notes }.write(&mut properties);
        let message = OwnedMessage {
            exchange: exchange.to_string(),
            routing_key: keys.first().cloned().unwrap_or_default(),
            properties,
            noted,
            ..self.message.clone()
        };
        let keys: Vec<_> = keys.iter().map(String::as_str).collect();
        // That there is no such exchange is no error: the letter is dropped.
        let route = vhost.route(exchange, &keys, &message.properties).unwrap_or_default();
        let (message, now) = (message.as_message(), home.clock.now());
        let waits = route.waits();
        route.keep(&message, &message, now, effects);
        let targets: Vec<_> =
            route.queues.into_iter().filter(|queue| !is_cycle(&queue.name, &deaths)).collect();
        let mut outcome = Outcome::default();
        let run = std::slice::from_ref(&message);
        for queue in &targets {
            queue.publish(run, &mut outcome, effects);
        }
        publishing::log(run, &mut outcome, now, effects);
        (waits || !targets.is_empty()) && outcome.refused.is_empty()
    }

    /// Adds this death to the headers. Returns all deaths, the last one first.
    fn record(
        &self,
        headers: &mut FieldTable,
        keys: &[String],
        expiration: Option<&str>,
        now: u64,
    ) -> Vec<FieldTable> {
        let (queue, reason) = (&*self.queue.name, self.reason.as_str());
        let mut deaths: Vec<FieldTable> = match headers.get("x-death") {
            Some(FieldValue::Array(deaths)) => {
                deaths.iter().filter_map(|death| death.as_table().cloned()).collect()
            }
            _ => Vec::new(),
        };
        let same = |death: &FieldTable| text(death, "queue") == queue && text(death, "reason") == reason;
        let death = match deaths.iter().position(same) {
            Some(at) => {
                let mut death = deaths.remove(at);
                let count = death.get("count").and_then(FieldValue::as_integer).unwrap_or_default();
                death.insert("count", count.saturating_add(1));
                death
            }
            None => self.new_death(keys, expiration, now),
        };
        deaths.insert(0, death);
        let of_deaths = deaths.iter().cloned().map(FieldValue::Table).collect();
        headers.insert("x-death", FieldValue::Array(of_deaths));
        let details = [("queue", queue), ("reason", reason), ("exchange", &*self.message.exchange)];
        for (what, value) in details {
            if !headers.contains_key(&format!("x-first-death-{what}")) {
                headers.insert(format!("x-first-death-{what}"), value);
            }
            headers.insert(format!("x-last-death-{what}"), value);
        }
        deaths
    }

    fn new_death(&self, keys: &[String], expiration: Option<&str>, now: u64) -> FieldTable {
        let mut death = FieldTable::new();
        death.insert("count", 1i64);
        death.insert("reason", self.reason.as_str());
        death.insert("queue", &*self.queue.name);
        death.insert("time", FieldValue::Timestamp(now));
        death.insert("exchange", &*self.message.exchange);
        let keys = keys.iter().map(|key| FieldValue::from(key.as_str())).collect();
        death.insert("routing-keys", FieldValue::Array(keys));
        if let Some(expiration) = expiration {
            death.insert("original-expiration", expiration);
        }
        death
    }
}

/// Takes out what a client wrote where the broker writes of deaths: only what the broker knows counts (RabbitMQ 4, dead
/// lettering).
fn forget_deaths(headers: &mut FieldTable) {
    headers.remove("x-death");
    for what in ["queue", "reason", "exchange"] {
        headers.remove(&format!("x-first-death-{what}"));
        headers.remove(&format!("x-last-death-{what}"));
    }
}

fn text<'t>(death: &'t FieldTable, key: &str) -> &'t str {
    death.get(key).and_then(FieldValue::as_str).unwrap_or_default()
}

/// Whether a message goes round in circles by itself: it was in `queue` before, and nobody has rejected it since
/// (RabbitMQ, dead lettering, dead-letter cycles).
fn is_cycle(queue: &str, deaths: &[FieldTable]) -> bool {
    match deaths.iter().position(|death| text(death, "queue") == queue) {
        Some(last) => deaths.iter().take(last + 1).all(|death| text(death, "reason") != "rejected"),
        None => false,
    }
}
