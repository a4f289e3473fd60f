//! Dead letters as a queue gives them up, and who publishes them: a queue knows no exchanges.

use std::sync::Arc;

use super::queue::Queue;
use crate::front::effects::Effects;
use crate::pages::held::Held;
use crate::rules::queue_rules::QueueRules;
use warren_model::message::OwnedMessage;

/// Why a message is dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
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
    /// As RabbitMQ writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::MaxLength => "maxlen",
            Self::DeliveryLimit => "delivery_limit",
        }
    }
}

/// A message on its way to a dead-letter exchange.
pub struct DeadLetter {
    /// The queue that gave it up.
    pub queue: Arc<Queue>,
    /// The rules that the queue went by.
    pub rules: Arc<QueueRules>,
    /// Its place in the queue, if it had one.
    pub held: Option<Held>,
    /// Why it was given up.
    pub reason: Reason,
    /// The message as it was in the queue.
    pub message: OwnedMessage,
}

/// What queues need of their virtual host. No lock may be held.
pub trait QueueHost: Send + Sync {
    /// Publishes a dead letter to its exchange. Whether a queue took it.
    fn publish_dead_letter(&self, letter: &DeadLetter, effects: &mut Effects) -> bool;

    /// Deletes a queue that was unused for as long as it lives unused, unless a consumer came in this moment.
    fn expire_queue(&self, queue: &Arc<Queue>);
}

impl DeadLetter {
    /// Publishes it. No lock may be held.
    pub(crate) fn publish(self, effects: &mut Effects) {
        let host = self.queue.context().host();
        let reached = host.is_some_and(|host| host.publish_dead_letter(&self, effects));
        let Some(held) = self.held else { return };
        if reached || !self.rules.at_least_once {
            self.queue.end_burial(&held, effects);
        } else {
            self.queue.keep(held, self.reason);
        }
    }
}
