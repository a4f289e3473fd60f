//! Publishing to an exchange and getting from a queue, over HTTP.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use warren_amqp091::refusal::reply_code;
use warren_api::messages::{Get, GetMessages, Message, Publish, PublishMessage, Published};
use warren_broker::channel::Verdict;
use warren_model::error::Error;
use warren_model::message::OwnedMessage;

use super::exchanges::exchange_name;
use super::management_channel::{ManagementChannel, Taken};
use crate::http::framework::{ApiError, Call, Handle, Outcome, Reply, durable};
use crate::http::translation::properties;

/// Length of a routing key, in bytes: it is an AMQP short string.
const MAX_KEY: usize = 255;
/// Bodies of one answer, in bytes: what is more stays in the queue, as if it had not been asked for.
const MAX_ANSWER: usize = 64 * 1024 * 1024;
/// Messages of one answer.
const MAX_COUNT: u64 = 100_000;

impl Handle for Publish {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let principal = call.principal();
        let PublishMessage { properties, routing_key, payload, payload_encoding } = call.body;
        let exchange = exchange_name(&self.exchange).to_owned();
        call.vhost.topology().exchange(&exchange, &call.vhost.name).map_err(as_amqp)?;
        let properties = properties::from_json(&properties)?;
        if properties.user_id.as_deref().is_some_and(|user| user != call.caller.name) {
            let given = properties.user_id.unwrap_or_default();
            return Err(as_amqp(Error::user_id_mismatch(&given, &call.caller.name)));
        }
        if routing_key.len() > MAX_KEY {
            return Err(ApiError::bad_request(format!("the routing key has more than {MAX_KEY} bytes")));
        }
        let body = body(&payload_encoding, payload)?;
        let (size, max) = (body.len() as u64, call.state.node.settings.amqp.max_message_size);
        if size > max {
            return Err(as_amqp(Error::message_too_large(size, max)));
        }
        let message = OwnedMessage {
            exchange,
            routing_key,
            properties: properties.to_bytes(),
            body,
            persistent: properties.delivery_mode == Some(2),
            mandatory: true,
            annotated: false,
        };
        // The channel goes back before anything is waited for.
        let published = ManagementChannel::open(principal).publish(&message).map_err(as_amqp)?;
        let routed = durable(&call.state, Ok(published)).await?;
        Ok(Reply::ok(&Published { routed }))
    }
}

impl Handle for Get {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let GetMessages { count, ackmode, encoding, truncate } = &call.body;
        let verdict = match ackmode.as_str() {
            "ack_requeue_true" | "reject_requeue_true" => Verdict::Requeue,
            "ack_requeue_false" => Verdict::Ack,
            "reject_requeue_false" => Verdict::Discard,
            other => return Err(ApiError::bad_request(format!("unknown ackmode '{other}'"))),
        };
        let text = match encoding.as_str() {
            "auto" => true,
            "base64" => false,
            _ => return Err(ApiError::bad_request("Unsupported encoding. Please use auto or base64.")),
        };
        let cut = truncate.and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(usize::MAX);
        let mut channel = ManagementChannel::open(call.principal());
        let (mut messages, mut size) = (Vec::new(), 0);
        for _ in 0..(*count).min(MAX_COUNT) {
            let Some(taken) = channel.take(&self.queue).map_err(refused)? else { break };
            size += taken.body.len().min(cut) + properties::SIZE_HINT;
            messages.push(view(taken, cut, text));
            if size > MAX_ANSWER {
                break;
            }
        }
        let settled = channel.settle(verdict);
        drop(channel);
        durable(&call.state, settled).await?;
        Ok(Reply::ok(&messages))
    }
}

/// What only AMQP has a code for is a bad request here, with the code.
fn refused(error: Error) -> ApiError {
    match &error {
        Error::NotImplemented(reason) => ApiError::bad_request(format!("{} {reason}", reply_code(&error).0)),
        _ => error.into(),
    }
}

/// What AMQP would have answered is a bad request here, with its whole text.
fn as_amqp(error: Error) -> ApiError {
    ApiError::bad_request(format!("{} {error}", reply_code(&error).0))
}

fn body(encoding: &str, payload: String) -> Result<Bytes, ApiError> {
    match encoding {
        "string" => Ok(payload.into()),
        "base64" => match STANDARD.decode(&payload) {
            Ok(bytes) => Ok(bytes.into()),
            Err(_) => Err(ApiError::bad_request(vec!["not_base64".to_owned(), payload])),
        },
        other => Err(ApiError::bad_request(vec!["unsupported_encoding", other])),
    }
}

fn view(taken: Taken, cut: usize, text: bool) -> Message {
    let shown = taken.body.get(..cut).unwrap_or(&taken.body);
    let (payload, payload_encoding) = match std::str::from_utf8(shown) {
        Ok(payload) if text => (payload.to_owned(), "string"),
        _ => (STANDARD.encode(shown), "base64"),
    };
    Message {
        payload_bytes: taken.body.len() as u64,
        redelivered: taken.redelivered,
        exchange: taken.exchange,
        routing_key: taken.routing_key,
        message_count: taken.remaining,
        properties: properties::to_json(&taken.properties),
        payload,
        payload_encoding: payload_encoding.into(),
    }
}
