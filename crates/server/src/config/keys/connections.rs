//! Keys of AMQP: where it listens, what connections negotiate, and what they may do.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::{Key, set};
use crate::config::settings::values::{boolean, integer, size};

/// Bounds of `frame_max` other than 0: the smallest that AMQP 0-9-1 allows (§4.2.3), and what a session buffers.
const FRAME_BYTES: RangeInclusive<u64> = 4096..=16 * 1024 * 1024;
/// RabbitMQ's bounds of `max_message_size`.
const MESSAGE_BYTES: RangeInclusive<u64> = 1..=512 * 1024 * 1024;

/// See the module's description.
pub const KEYS: &[Key] = &[
    Key {
        pattern: "listeners.tcp",
        takes: "`none`",
        default: "",
        meaning: "Serves no AMQP at all.",
        apply: |draft, _, value| draft.no_amqp_listeners(value),
    },
    Key {
        pattern: "listeners.tcp.$name",
        takes: "`PORT` or `HOST:PORT`",
        default: "127.0.0.1:5672",
        meaning: "One AMQP listener for each such key; the name is free. A port alone is every interface, 0 takes a free port. The first such key replaces the default listener.",
        apply: |draft, name, value| draft.amqp_listener(name, value),
    },
    Key {
        pattern: "tcp_listen_options.backlog",
        takes: "1 to 65535",
        default: "128",
        meaning: "AMQP connections that may wait to be accepted.",
        apply: |draft, _, value| set(&mut draft.settings.amqp.backlog, integer(value, 1..=65535)),
    },
    Key {
        pattern: "tcp_listen_options.nodelay",
        takes: "`true`, `false`",
        default: "true",
        meaning: "Sends small AMQP writes at once (`TCP_NODELAY`).",
        apply: |draft, _, value| set(&mut draft.settings.amqp.nodelay, boolean(value)),
    },
    Key {
        pattern: "heartbeat",
        takes: "0 to 65535 seconds",
        default: "60",
        meaning: "Heartbeat interval offered to clients; 0 offers none.",
        apply: |draft, _, value| set(&mut draft.settings.amqp.heartbeat, integer(value, 0..=u16::MAX)),
    },
    Key {
        pattern: "channel_max",
        takes: "0 to 65535",
        default: "2047",
        meaning: "Channels that one connection may open; 0 is no limit.",
        apply: |draft, _, value| set(&mut draft.settings.amqp.channel_max, integer(value, 0..=u16::MAX)),
    },
    Key {
        pattern: "frame_max",
        takes: "0, or 4096 to 16777216 bytes",
        default: "131072",
        meaning: "Largest frame offered to clients; 0 is no limit.",
        apply: |draft, _, value| set(&mut draft.settings.amqp.frame_max, frame_max(value)),
    },
    Key {
        pattern: "max_message_size",
        takes: "1 to 536870912 bytes, units allowed",
        default: "16777216",
        meaning: "Largest message body; a larger one closes the channel with 406 PRECONDITION_FAILED.",
        apply: |draft, _, value| set(&mut draft.settings.amqp.max_message_size, size(value, MESSAGE_BYTES)),
    },
    Key {
        pattern: "handshake_timeout",
        takes: "100 to 3600000 milliseconds",
        default: "10000",
        meaning: "Time in which a client must have opened its connection.",
        apply: |draft, _, value| {
            set(
                &mut draft.settings.amqp.handshake_timeout,
                integer(value, 100..=3_600_000).map(Duration::from_millis),
            )
        },
    },
    Key {
        pattern: "consumer_timeout",
        takes: "1 to 4294967295 milliseconds, or `false`",
        default: "1800000",
        meaning: "How long a delivery may wait for its acknowledgement before its channel is closed with 406 PRECONDITION_FAILED, unless its queue or consumer says otherwise; `false` is no limit.",
        apply: |draft, _, value| set(&mut draft.settings.consumer_timeout, consumer_timeout(value)),
    },
];

fn frame_max(value: &str) -> Result<u32, String> {
    if value == "0" {
        return Ok(0);
    }
    let bytes = size(value, FRAME_BYTES)?;
    u32::try_from(bytes).map_err(|_| format!("'{value}' is too large"))
}

fn consumer_timeout(value: &str) -> Result<Option<Duration>, String> {
    if value == "false" || value == "undefined" {
        return Ok(None);
    }
    integer(value, 1..=u32::MAX).map(|timeout| Some(Duration::from_millis(u64::from(timeout))))
}
