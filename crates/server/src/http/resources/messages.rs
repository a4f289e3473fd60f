//! Publishing to an exchange and getting from a queue, over HTTP.

use axum::extract::State;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use warren_api::messages::{GetMessages, Message, Publish, Published};
use warren_broker::channel::Verdict;
use warren_broker::error::Error;
use warren_broker::message::OwnedMessage;

use super::exchanges::ExchangePath;
use super::management_channel::{ManagementChannel, Taken};
use super::queues::QueuePath;
use crate::http::framework::access::InVhost;
use crate::http::framework::durable::durable;
use crate::http::framework::error::ApiError;
use crate::http::framework::json::{self, Object};
use crate::http::framework::path::{Named, exchange_name};
use crate::http::framework::state::AppState;
use crate::http::translation::properties;

/// Length of a routing key, in bytes: it is an AMQP short string.
const MAX_KEY: usize = 255;
/// Bodies of one answer, in bytes: what is more stays in the queue, as if it had not been asked for.
const MAX_ANSWER: usize = 64 * 1024 * 1024;
/// Messages of one answer.
const MAX_COUNT: u64 = 100_000;

/// Publishes a message.
pub async fn publish(
    within: InVhost,
    State(state): State<AppState>,
    Named(path): Named<ExchangePath>,
    body: Object,
) -> Result<Response, ApiError> {
    let body: Publish =
        body.require(&["routing_key", "properties", "payload", "payload_encoding"])?.into()?;
    let exchange = exchange_name(&path.exchange).to_owned();
    within.vhost.topology().exchange(&exchange, &within.vhost.name).map_err(as_amqp)?;
    let properties = properties::from_json(&body.properties)?;
    if properties.user_id.as_deref().is_some_and(|user| user != within.caller.name) {
        let given = properties.user_id.unwrap_or_default();
        return Err(as_amqp(Error::user_id_mismatch(&given, &within.caller.name)));
    }
    if body.routing_key.len() > MAX_KEY {
        return Err(ApiError::bad_request(format!("the routing key has more than {MAX_KEY} bytes")));
    }
    let payload = payload(&body.payload_encoding, body.payload)?;
    let (size, max) = (payload.len() as u64, state.node.settings.amqp.max_message_size);
    if size > max {
        return Err(as_amqp(Error::message_too_large(size, max)));
    }
    let message = OwnedMessage {
        exchange,
        routing_key: body.routing_key,
        properties: properties.to_bytes(),
        body: payload,
        persistent: properties.delivery_mode == Some(2),
        mandatory: true,
        noted: false,
    };
    // The channel goes back before anything is waited for.
    let published = ManagementChannel::open(within.actor()).publish(&message).map_err(as_amqp)?;
    let routed = durable(&state, Ok(published)).await?;
    Ok(json::ok(&Published { routed }))
}

/// Gets messages.
pub async fn get(
    within: InVhost,
    State(state): State<AppState>,
    Named(path): Named<QueuePath>,
    body: Object,
) -> Result<Response, ApiError> {
    let body = body.require(&["ackmode", "count", "encoding"])?;
    if let Some(count) = body.0.get("count").filter(|count| !count.is_u64()) {
        return Err(ApiError::bad_request(vec!["not_integer".into(), count.clone()]));
    }
    let body: GetMessages = body.into()?;
    let verdict = match body.ackmode.as_str() {
        "ack_requeue_true" | "reject_requeue_true" => Verdict::Requeue,
        "ack_requeue_false" => Verdict::Ack,
        "reject_requeue_false" => Verdict::Discard,
        other => return Err(ApiError::bad_request(format!("unknown ackmode '{other}'"))),
    };
    let text = match body.encoding.as_str() {
        "auto" => true,
        "base64" => false,
        _ => return Err(ApiError::bad_request("Unsupported encoding. Please use auto or base64.")),
    };
    let cut = body.truncate.and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(usize::MAX);
    let mut channel = ManagementChannel::open(within.actor());
    let (mut messages, mut size) = (Vec::new(), 0);
    for _ in 0..body.count.min(MAX_COUNT) {
        let Some(taken) = channel.take(&path.queue).map_err(refused)? else { break };
        size += taken.body.len().min(cut) + properties::SIZE_HINT;
        messages.push(view(taken, cut, text));
        if size > MAX_ANSWER {
            break;
        }
    }
    let settled = channel.settle(verdict);
    drop(channel);
    durable(&state, settled).await?;
    Ok(json::ok(&messages))
}

/// What only AMQP has a code for is a bad request here, with the code.
fn refused(error: Error) -> ApiError {
    match &error {
        Error::NotImplemented(reason) => ApiError::bad_request(format!("{} {reason}", error.code().0)),
        _ => error.into(),
    }
}

/// What AMQP would have answered is a bad request here, with its whole text.
fn as_amqp(error: Error) -> ApiError {
    ApiError::bad_request(format!("{} {error}", error.code().0))
}

fn payload(encoding: &str, payload: String) -> Result<Bytes, ApiError> {
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
