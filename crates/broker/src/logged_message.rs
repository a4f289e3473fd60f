//! How a message lies in the log: lengths of exchange name, routing key (one byte each) and properties (four,
//! little-endian), then these three and the body.

use bytes::Bytes;

use crate::message::{Body, Message, SHARED_BODY_MIN};

/// Gives the parts of a message's record to `log`.
pub(crate) fn write(message: &Message<'_>, log: impl FnOnce(&[&[u8]])) {
    let [p0, p1, p2, p3] = (message.properties.len() as u32).to_le_bytes();
    let lengths = [message.exchange.len() as u8, message.routing_key.len() as u8, p0, p1, p2, p3];
    let (exchange, key) = (message.exchange.as_bytes(), message.routing_key.as_bytes());
    log(&[&lengths, exchange, key, message.properties, message.body.as_slice()]);
}

/// The message of a record; `None` if it is none.
pub(crate) fn read(record: &[u8]) -> Option<Message<'_>> {
    let (&[exchange, key, p0, p1, p2, p3], rest) = record.split_first_chunk()?;
    let (exchange, rest) = rest.split_at_checked(usize::from(exchange))?;
    let (routing_key, rest) = rest.split_at_checked(usize::from(key))?;
    let (properties, body) = rest.split_at_checked(u32::from_le_bytes([p0, p1, p2, p3]) as usize)?;
    let body = match body.len() {
        SHARED_BODY_MIN.. => Body::Shared(Bytes::copy_from_slice(body)),
        _ => Body::Inline(body),
    };
    Some(Message {
        exchange: std::str::from_utf8(exchange).ok()?,
        routing_key: std::str::from_utf8(routing_key).ok()?,
        properties,
        body,
        persistent: true,
        mandatory: false,
    })
}
