//! The deaths of a message, as its headers tell them (RabbitMQ, dead lettering).

use warren_model::value::{FieldTable, FieldValue};

use crate::queues::DeadLetter;

/// Adds this death to the headers. Returns all deaths, the last one first.
pub(super) fn record(
    letter: &DeadLetter,
    headers: &mut FieldTable,
    keys: &[String],
    expiration: Option<&str>,
    now: u64,
) -> Vec<FieldTable> {
    let (queue, reason) = (&*letter.queue.name, letter.reason.as_str());
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
        None => new_death(letter, keys, expiration, now),
    };
    deaths.insert(0, death);
    let of_deaths = deaths.iter().cloned().map(FieldValue::Table).collect();
    headers.insert("x-death", FieldValue::Array(of_deaths));
    let details = [("queue", queue), ("reason", reason), ("exchange", &*letter.message.exchange)];
    for (what, value) in details {
        if !headers.contains_key(&format!("x-first-death-{what}")) {
            headers.insert(format!("x-first-death-{what}"), value);
        }
        headers.insert(format!("x-last-death-{what}"), value);
    }
    deaths
}

fn new_death(letter: &DeadLetter, keys: &[String], expiration: Option<&str>, now: u64) -> FieldTable {
    let mut death = FieldTable::new();
    death.insert("count", 1i64);
    death.insert("reason", letter.reason.as_str());
    death.insert("queue", &*letter.queue.name);
    death.insert("time", FieldValue::Timestamp(now));
    death.insert("exchange", &*letter.message.exchange);
    let keys = keys.iter().map(|key| FieldValue::from(key.as_str())).collect();
    death.insert("routing-keys", FieldValue::Array(keys));
    if let Some(expiration) = expiration {
        death.insert("original-expiration", expiration);
    }
    death
}

/// Takes out what a client wrote where the broker writes of deaths: only what the broker knows counts (RabbitMQ 4, dead
/// lettering).
pub(super) fn forget_deaths(headers: &mut FieldTable) {
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
pub(super) fn is_cycle(queue: &str, deaths: &[FieldTable]) -> bool {
    match deaths.iter().position(|death| text(death, "queue") == queue) {
        Some(last) => deaths.iter().take(last + 1).all(|death| text(death, "reason") != "rejected"),
        None => false,
    }
}
