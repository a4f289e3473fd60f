//! Keys of how much there may be of what, and of which kinds.

use warren_broker::queues::QueueKind;

use super::{Key, set};
use crate::config::settings::draft::Draft;
use crate::config::settings::values::{boolean, limit, queue_type};

/// See the module's description.
pub const KEYS: &[Key] = &[
    Key {
        pattern: "connection_max",
        takes: "a number, or `infinity`",
        default: "infinity",
        meaning: "Connections that clients may have open to the node; one more is refused with 530 NOT_ALLOWED.",
        apply: |draft, _, value| set(&mut draft.settings.limits.connections, limit(value)),
    },
    Key {
        pattern: "max_connections",
        takes: "a number, or `infinity`",
        default: "infinity",
        meaning: "The same.",
        apply: |draft, _, value| set(&mut draft.settings.limits.connections, limit(value)),
    },
    Key {
        pattern: "channel_max_per_node",
        takes: "a number, or `infinity`",
        default: "infinity",
        meaning: "Channels that clients may have open on all connections; one more ends its connection with 530 NOT_ALLOWED.",
        apply: |draft, _, value| set(&mut draft.settings.limits.channels, limit(value)),
    },
    Key {
        pattern: "vhost_max",
        takes: "a number, or `infinity`",
        default: "infinity",
        meaning: "Virtual hosts that there may be.",
        apply: |draft, _, value| set(&mut draft.settings.limits.vhosts, limit(value)),
    },
    Key {
        pattern: "cluster_queue_limit",
        takes: "a number, or `infinity`",
        default: "infinity",
        meaning: "Queues that there may be in all virtual hosts; declaring one more is refused with 406 PRECONDITION_FAILED.",
        apply: |draft, _, value| set(&mut draft.settings.limits.queues, limit(value)),
    },
    Key {
        pattern: "cluster_exchange_limit",
        takes: "a number, or `infinity`",
        default: "infinity",
        meaning: "Exchanges that there may be in all virtual hosts, with those that are there from the beginning; likewise.",
        apply: |draft, _, value| set(&mut draft.settings.limits.exchanges, limit(value)),
    },
    Key {
        pattern: "queue_types.classic.enabled",
        takes: "`true`, `false`",
        default: "true",
        meaning: "Whether classic queues may be declared; if not, that ends the connection with 541 INTERNAL_ERROR.",
        apply: |draft, _, value| enable(draft, QueueKind::Classic, value),
    },
    Key {
        pattern: "queue_types.quorum.enabled",
        takes: "`true`, `false`",
        default: "true",
        meaning: "Likewise of quorum queues.",
        apply: |draft, _, value| enable(draft, QueueKind::Quorum, value),
    },
    Key {
        pattern: "queue_types.stream.enabled",
        takes: "`true`, `false`",
        default: "true",
        meaning: "Likewise of streams.",
        apply: |draft, _, value| enable(draft, QueueKind::Stream, value),
    },
    Key {
        pattern: "default_queue_type",
        takes: "`classic`, `quorum`, `stream`",
        default: "",
        meaning: "Type of queues that are declared without `x-queue-type` in a virtual host without a default of its own; the argument is added. A queue that is exclusive, not durable or deleted automatically is `classic`.",
        apply: |draft, _, value| set(&mut draft.settings.default_queue_type, queue_type(value)),
    },
    Key {
        pattern: "deprecated_features.permit.$name",
        takes: "`true`, `false`",
        default: "",
        meaning: "Whether a deprecated feature may be used, as it may without the key: `global_qos`, `transient_nonexcl_queues`. Queues that may not be declared end the connection with 541 INTERNAL_ERROR; a prefetch limit of a channel is taken for one of each consumer.",
        apply: |draft, name, value| draft.permit_feature(name, value),
    },
];

fn enable(draft: &mut Draft, kind: QueueKind, value: &str) -> Result<(), String> {
    let disabled = &mut draft.settings.limits.disabled_kinds;
    disabled.retain(|other| *other != kind);
    if !boolean(value)? {
        disabled.push(kind);
    }
    Ok(())
}
