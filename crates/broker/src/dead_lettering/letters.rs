//! Dead letters: messages that a queue gives up are published to its dead-letter exchange (RabbitMQ, dead lettering).
//!
//! A queue hands them to [`Effects`], because it is locked then. Where they go is logged before their old queue lets go of
//! them, in one append, so that a crash loses none.

use std::sync::Arc;

use warren_model::properties::BasicProperties;

use super::deaths;
use crate::effects::Effects;
use crate::queues::{DeadLetter, Outcome, Queue, QueueHost};
use crate::topology::forwarding;
use crate::topology::vhosts::VHost;
use warren_model::message::OwnedMessage;
use warren_model::message::annotations::{self, Annotations};
use warren_model::message::cc_bcc;

impl QueueHost for VHost {
    fn publish_dead_letter(&self, letter: &DeadLetter, effects: &mut Effects) -> bool {
        let Some(exchange) = &letter.rules.dead_letter_exchange else { return false };
        let now = self.context.clock.now();
        let (original, annotated) = (&letter.message.properties, letter.message.annotated);
        let visible = annotations::shown(original, annotated);
        let Ok(mut properties) = BasicProperties::decode(visible) else { return false };
        let before = Annotations::of(original, annotated);
        let copies = cc_bcc::annotated(&letter.message.as_message(), &before);
        let headers = properties.headers.get_or_insert_default();
        if !before.deaths {
            deaths::forget_deaths(headers);
        }
        let own = std::iter::once(&letter.message.routing_key);
        let original_keys: Vec<_> = own.chain(&copies.shown).cloned().collect();
        let (keys, notes) = match &letter.rules.dead_letter_routing_key {
            // The keys that the message was sent to besides are not those of the dead letter.
            Some(key) => (vec![key.to_string()], Annotations { rekeyed: true, ..Annotations::default() }),
            None => (original_keys.iter().chain(&copies.blind).cloned().collect(), before),
        };
        let expiration = properties.expiration.take();
        let deaths = deaths::record(letter, headers, &original_keys, expiration.as_deref(), now / 1000);
        let mut properties = properties.to_bytes();
        let annotated = Annotations { deaths: true, ..notes }.write(&mut properties);
        let message = OwnedMessage {
            exchange: exchange.to_string(),
            routing_key: keys.first().cloned().unwrap_or_default(),
            properties,
            annotated,
            ..letter.message.clone()
        };
        let keys: Vec<_> = keys.iter().map(String::as_str).collect();
        // That there is no such exchange is no error: the letter is dropped.
        let route = self.route(exchange, &keys, &message.properties).unwrap_or_default();
        let message = message.as_message();
        let waits = route.waits();
        route.keep(&message, &message, now, effects);
        let targets: Vec<_> =
            route.queues.into_iter().filter(|queue| !deaths::is_cycle(&queue.name, &deaths)).collect();
        let mut outcome = Outcome::default();
        let run = std::slice::from_ref(&message);
        for queue in &targets {
            queue.publish(run, &mut outcome, effects);
        }
        forwarding::log(run, &mut outcome, now, effects);
        (waits || !targets.is_empty()) && outcome.refused.is_empty()
    }

    fn expire_queue(&self, queue: &Arc<Queue>) {
        // A consumer that came in this moment keeps it.
        let _ = self.delete_queue(queue, true, false);
    }
}
