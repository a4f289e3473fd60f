//! Keys of the HTTP API and of the figures that it shows.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::{Key, set};
use crate::config::settings::values::{integer, size};

/// Bounds of a request body.
const HTTP_BODY_BYTES: RangeInclusive<u64> = 1024..=512 * 1024 * 1024;

/// See the module's description.
pub const KEYS: &[Key] = &[
    Key {
        pattern: "management.tcp.ip",
        takes: "host name or IP address",
        default: "127.0.0.1",
        meaning: "Where the HTTP API listens.",
        apply: |draft, _, value| draft.http_host(value),
    },
    Key {
        pattern: "management.tcp.port",
        takes: "0 to 65535",
        default: "15672",
        meaning: "Port of the HTTP API; 0 takes a free port.",
        apply: |draft, _, value| set(&mut draft.settings.http_port, integer(value, 0..=u16::MAX)),
    },
    Key {
        pattern: "management.http.max_body_size",
        takes: "1024 to 536870912 bytes, units allowed",
        default: "20000000",
        meaning: "Largest request body that the HTTP API reads; a larger one is refused with 400.",
        apply: |draft, _, value| set(&mut draft.settings.http_max_body, size(value, HTTP_BODY_BYTES)),
    },
    Key {
        pattern: "collect_statistics_interval",
        takes: "100 to 3600000 milliseconds",
        default: "5000",
        meaning: "How often counters are sampled; rates in the HTTP API are over this time.",
        apply: |draft, _, value| {
            set(
                &mut draft.settings.statistics_interval,
                integer(value, 100..=3_600_000).map(Duration::from_millis),
            )
        },
    },
];
