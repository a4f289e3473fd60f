//! Direct reply-to: replies that need no queue of the client's own (RabbitMQ, direct reply-to).
//!
//! A client that consumes from `amq.rabbitmq.reply-to` gets a queue that only its channel knows, under a name that
//! cannot be guessed. Its requests carry that name in place of the general one, and whoever publishes to it through
//! the default exchange reaches the client.

use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, Release};

use warren_model::properties::{RawProperties, flags, peek_flags};

use crate::queues::{Queue, QueueSettings};
use crate::topology::vhosts::VHost;
use warren_model::message::Message;

/// What clients consume from, and what their requests name in `reply-to`.
pub(crate) const REPLY_TO: &str = "amq.rabbitmq.reply-to";

impl VHost {
    /// A place for direct replies under `name`, for connection `owner` alone.
    pub(crate) fn open_replies(&self, name: &str, owner: u64) -> Arc<Queue> {
        let id = self.shared.queue_ids.fetch_add(1, Relaxed) + 1;
        let settings = QueueSettings { exclusive_owner: Some(owner), ..QueueSettings::default() };
        let queue = Queue::new(id, Arc::clone(&self.name), name.into(), settings, Arc::clone(&self.context));
        self.topology.write().replies.insert(Arc::clone(&queue.name), Arc::clone(&queue));
        self.epoch.fetch_add(1, Release);
        queue
    }

    /// The client does not wait for replies any more.
    pub(crate) fn close_replies(&self, queue: &Queue) {
        if self.topology.write().replies.remove(&*queue.name).is_some() {
            self.epoch.fetch_add(1, Release);
            // Without conditions nothing refuses it.
            queue.delete();
        }
    }

    /// Whether somebody waits for replies under `name`.
    pub(crate) fn replies(&self, name: &str) -> Option<Arc<Queue>> {
        self.topology().replies.get(name).cloned()
    }
}

/// Whether `name` is an address of direct replies that the broker made, whether or not somebody waits there.
pub(crate) fn is_address(name: &str) -> bool {
    name.strip_prefix(REPLY_TO).is_some_and(|rest| rest.starts_with('.'))
}

/// Whether a message asks for a direct reply.
#[inline]
pub(crate) fn is_request(message: &Message<'_>) -> bool {
    peek_flags(message.properties) & flags::REPLY_TO != 0
        && RawProperties::new(message.properties).reply_to() == Some(REPLY_TO.as_bytes())
}

/// The properties of a request with `name` in place of the general one. Every other octet stays as it is.
pub(crate) fn address(properties: &[u8], name: &str) -> Vec<u8> {
    let found = properties.windows(REPLY_TO.len() + 1).position(|window| {
        window.split_first().is_some_and(|(length, text)| {
            usize::from(*length) == REPLY_TO.len()
                && text == REPLY_TO.as_bytes()
                && is_reply_to(properties, text)
        })
    });
    let Some(at) = found else { return properties.to_vec() };
    let (front, rest) = properties.split_at(at);
    let mut out = Vec::with_capacity(properties.len() + name.len());
    out.extend_from_slice(front);
    // Names of the broker's making are short.
    out.push(name.len() as u8);
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(rest.get(1 + REPLY_TO.len()..).unwrap_or_default());
    out
}

/// Whether `text` is the very place of the property, and not the same letters elsewhere.
fn is_reply_to(properties: &[u8], text: &[u8]) -> bool {
    RawProperties::new(properties).reply_to().is_some_and(|reply_to| std::ptr::eq(reply_to, text))
}

#[cfg(test)]
mod tests {
    use warren_model::properties::BasicProperties;
    use warren_model::value::FieldTable;

    use super::*;

    #[test]
    fn only_the_reply_address_is_replaced() {
        let mut headers = FieldTable::new();
        headers.insert("x", "\u{15}amq.rabbitmq.reply-to");
        let properties = BasicProperties {
            content_type: Some(REPLY_TO.into()),
            headers: Some(headers),
            correlation_id: Some("7".into()),
            reply_to: Some(REPLY_TO.into()),
            app_id: Some(REPLY_TO.into()),
            ..BasicProperties::default()
        };
        let addressed = BasicProperties::decode(&address(&properties.to_bytes(), "there")).unwrap();
        assert_eq!(addressed, BasicProperties { reply_to: Some("there".into()), ..properties });
    }
}
