//! `/api/aliveness-test`: a message goes through a queue and comes out again.

use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use warren_amqp091::properties::BasicProperties;
use warren_api::health::Status;
use warren_broker::message::OwnedMessage;
use warren_broker::queues::QueueSettings;

use super::management_channel::ManagementChannel;
use crate::http::framework::access::InVhost;
use crate::http::framework::durable::durable;
use crate::http::framework::error::ApiError;
use crate::http::framework::json;
use crate::http::framework::state::AppState;

/// Name of the queue, which stays (RabbitMQ's).
const QUEUE: &str = "aliveness-test";

/// Declares the queue, publishes to it and gets the message back.
pub async fn get(within: InVhost, State(state): State<AppState>) -> Result<Response, ApiError> {
    let settings = QueueSettings::default();
    durable(&state, within.actor().declare_queue(QUEUE, settings)).await?;
    let message = OwnedMessage {
        exchange: String::new(),
        routing_key: QUEUE.to_owned(),
        properties: BasicProperties::default().to_bytes(),
        body: Bytes::from_static(b"test_message"),
        persistent: false,
        mandatory: true,
        noted: false,
    };
    // A transient message needs no log.
    let routed = ManagementChannel::open(within.actor()).publish(&message)?.value;
    let back = ManagementChannel::open(within.actor()).take_one(QUEUE)?;
    if routed && back.is_some() {
        return Ok(json::ok(&Status::ok()));
    }
    Err(ApiError::internal("the message of the aliveness test did not come back"))
}
