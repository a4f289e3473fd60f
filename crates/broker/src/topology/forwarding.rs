//! Messages that the broker itself sends on: out of exchanges that kept them, and dead letters. And how the log gets any message.

use std::sync::Arc;

use crate::effects::Effects;
use crate::queues::{Outcome, Queue};
use crate::topology::vhosts::VHost;
use warren_model::message::annotations::{self, Annotations};
use warren_model::message::cc_bcc::{self, CcBcc};
use warren_model::message::logged;
use warren_model::message::{Message, OwnedMessage};

/// All routing keys of a message: its own, and those that its copies go by.
pub(crate) fn keys_of<'m>(message: &Message<'m>, copies: &'m CcBcc) -> Vec<&'m str> {
    std::iter::once(message.routing_key).chain(copies.keys()).collect()
}

/// Publishes a message that the broker itself sends on, from `exchange`. No lock may be held. That there is no such exchange is
/// no error: the message is dropped.
pub(crate) fn publish(vhost: &VHost, exchange: &str, message: &OwnedMessage, effects: &mut Effects) {
    let whole = message.as_message();
    let notes = Annotations::of(whole.properties, whole.annotated);
    let copies = cc_bcc::annotated(&whole, &notes);
    let visible = annotations::shown(whole.properties, whole.annotated);
    let mut properties = cc_bcc::without_blind(visible).unwrap_or_else(|| visible.to_vec());
    let annotated = copies.note(notes, &mut properties);
    let shown = Message { properties: &properties, annotated, ..whole.clone() };
    let Ok(route) = vhost.route(exchange, &keys_of(&whole, &copies), shown.properties) else { return };
    let now = vhost.context.clock.now();
    route.keep(&whole, &shown, now, effects);
    hand_over(&route.queues, &shown, now, effects);
}

/// Gives a message that the broker itself sends to queues, and to the log.
pub(crate) fn hand_over(queues: &[Arc<Queue>], message: &Message<'_>, now: u64, effects: &mut Effects) {
    let mut outcome = Outcome::default();
    let run = std::slice::from_ref(message);
    for queue in queues {
        queue.publish(run, &mut outcome, effects);
    }
    log(run, &mut outcome, now, effects);
}

/// Logs each message of a run that is stored once, with all queues that it went to. `now` is when they came.
pub(crate) fn log(run: &[Message<'_>], outcome: &mut Outcome, now: u64, effects: &mut Effects) {
    let Outcome { entries, stamped, .. } = outcome;
    // Those of one queue are in order already.
    if !entries.is_sorted() {
        entries.sort_unstable();
    }
    let arrived_at = std::mem::take(stamped).then_some(now);
    let mut targets: Vec<(u64, u64)> = Vec::with_capacity(4);
    for group in entries.chunk_by(|a, b| a.0 == b.0) {
        let Some(message) = group.first().and_then(|(index, ..)| run.get(*index as usize)) else {
            continue;
        };
        targets.clear();
        targets.extend(group.iter().map(|&(_, queue, sequence)| (queue, sequence)));
        logged::write(message, arrived_at, |parts| effects.log_message(&targets, parts));
    }
    entries.clear();
}
