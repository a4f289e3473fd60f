//! Counters and rates that several nouns carry.

use serde::{Deserialize, Serialize};

/// The `…_details` companion of a counter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rate {
    /// Change per second over the last sampling interval.
    pub rate: f64,
}

/// Message counters. A key is absent when nothing of its kind ever happened; all keys count since the thing exists.
/// See <https://www.rabbitmq.com/docs/monitoring#queue-metrics>.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MessageStats {
    /// Messages published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publish: Option<u64>,
    /// Rate of `publish`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publish_details: Option<Rate>,
    /// Messages published into an exchange.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publish_in: Option<u64>,
    /// Rate of `publish_in`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publish_in_details: Option<Rate>,
    /// Messages an exchange routed onwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publish_out: Option<u64>,
    /// Rate of `publish_out`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publish_out_details: Option<Rate>,
    /// Messages dropped because they came before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dedup: Option<u64>,
    /// Publishes confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirm: Option<u64>,
    /// Rate of `confirm`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirm_details: Option<Rate>,
    /// Deliveries to consumers that acknowledge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deliver: Option<u64>,
    /// Rate of `deliver`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deliver_details: Option<Rate>,
    /// Deliveries to consumers that do not acknowledge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deliver_no_ack: Option<u64>,
    /// Rate of `deliver_no_ack`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deliver_no_ack_details: Option<Rate>,
    /// Messages taken with `basic.get` and an acknowledgement to come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub get: Option<u64>,
    /// Rate of `get`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub get_details: Option<Rate>,
    /// Messages taken with `basic.get` without acknowledgement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub get_no_ack: Option<u64>,
    /// Rate of `get_no_ack`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub get_no_ack_details: Option<Rate>,
    /// `basic.get` on an empty queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub get_empty: Option<u64>,
    /// Rate of `get_empty`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub get_empty_details: Option<Rate>,
    /// Sum of the four kinds of delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deliver_get: Option<u64>,
    /// Rate of `deliver_get`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deliver_get_details: Option<Rate>,
    /// Deliveries with the redelivered flag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redeliver: Option<u64>,
    /// Rate of `redeliver`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redeliver_details: Option<Rate>,
    /// Acknowledgements.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ack: Option<u64>,
    /// Rate of `ack`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ack_details: Option<Rate>,
    /// Mandatory messages returned to their publisher.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_unroutable: Option<u64>,
    /// Rate of `return_unroutable`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_unroutable_details: Option<Rate>,
    /// Messages that no queue took and nobody asked to have back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drop_unroutable: Option<u64>,
    /// Rate of `drop_unroutable`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drop_unroutable_details: Option<Rate>,
}
