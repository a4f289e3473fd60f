//! `/api/aliveness-test`: a message goes through a queue and comes out again.

use bytes::Bytes;
use warren_api::aliveness::Get;
use warren_api::health::Status;
use warren_broker::queues::QueueSettings;
use warren_model::message::OwnedMessage;
use warren_model::properties::BasicProperties;

use super::management_channel::ManagementChannel;
use crate::http::framework::{ApiError, Call, Handle, Outcome, Reply, durable};

/// Name of the queue, which stays (RabbitMQ's).
const QUEUE: &str = "aliveness-test";

impl Handle for Get {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let settings = QueueSettings::default();
        durable(&call.state, call.principal().declare_queue(QUEUE, settings)).await?;
        let message = OwnedMessage {
            exchange: String::new(),
            routing_key: QUEUE.to_owned(),
            properties: BasicProperties::default().to_bytes(),
            body: Bytes::from_static(b"test_message"),
            persistent: false,
            mandatory: true,
            annotated: false,
        };
        // A transient message needs no log.
        let routed = ManagementChannel::open(call.principal()).publish(&message)?.value;
        let back = ManagementChannel::open(call.principal()).take_one(QUEUE)?;
        if routed && back.is_some() {
            return Ok(Reply::ok(&Status::ok()));
        }
        Err(ApiError::internal("the message of the aliveness test did not come back"))
    }
}
