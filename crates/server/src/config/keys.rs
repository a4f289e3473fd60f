//! The table of keys: what each is called, what it takes, what it does. Parsing, error messages and the page
//! `docs/configuration.md` all come from here, so that none of them can know a key that another does not.

use std::ops::RangeInclusive;
use std::time::Duration;

use warren_broker::queues::QueueKind;

use super::draft::Draft;
use super::settings::{Secret, Watermark};
use super::values::{boolean, durability, integer, level, limit, name, queue_type, size, thousandths};
use super::vhost_defaults;

/// One key, or one family of keys when its pattern has a `$name` word.
#[derive(Debug)]
pub struct Key {
    /// The dotted key; a word that begins with `$` stands for any word.
    pub pattern: &'static str,
    /// What values it takes, in words.
    pub takes: &'static str,
    /// The value that holds without the key, as it would be written.
    pub default: &'static str,
    /// What it decides.
    pub meaning: &'static str,
    pub(super) apply: fn(&mut Draft, &str, &str) -> Result<(), String>,
}

impl Key {
    /// Whether a key as written belongs to this pattern.
    pub fn matches(&self, words: &[String]) -> bool {
        let mut pattern = self.pattern.split('.');
        let same = words.iter().all(|word| pattern.next().is_some_and(|p| p.starts_with('$') || p == word));
        same && pattern.next().is_none()
    }

    /// Puts a value into the draft. `words` are those of the key as written.
    pub fn apply(&self, draft: &mut Draft, words: &[String], value: &str) -> Result<(), String> {
        let free = self.pattern.split('.').position(|word| word.starts_with('$'));
        (self.apply)(draft, free.and_then(|place| words.get(place)).map_or("", String::as_str), value)
    }
}

/// Bounds of `frame_max` other than 0: the smallest that AMQP 0-9-1 allows (§4.2.3), and what a session buffers.
const FRAME_BYTES: RangeInclusive<u64> = 4096..=16 * 1024 * 1024;
/// RabbitMQ's bounds of `max_message_size`.
const MESSAGE_BYTES: RangeInclusive<u64> = 1..=512 * 1024 * 1024;
const HTTP_BODY_BYTES: RangeInclusive<u64> = 1024..=512 * 1024 * 1024;

/// Every key, in the order in which the documentation lists them.
pub fn keys() -> impl Iterator<Item = &'static Key> {
    KEYS.iter().chain(vhost_defaults::KEYS)
}

const KEYS: &[Key] = &[
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
    Key {
        pattern: "consumer_timeout",
        takes: "1 to 4294967295 milliseconds, or `false`",
        default: "1800000",
        meaning: "How long a delivery may wait for its acknowledgement before its channel is closed with 406 PRECONDITION_FAILED, unless its queue or consumer says otherwise; `false` is no limit.",
        apply: |draft, _, value| set(&mut draft.settings.consumer_timeout, consumer_timeout(value)),
    },
    Key {
        pattern: "default_user",
        takes: "user name",
        default: "guest",
        meaning: "The user that the first start in an empty data directory creates.",
        apply: |draft, _, value| set(&mut draft.settings.default_user.name, name(value)),
    },
    Key {
        pattern: "default_pass",
        takes: "text",
        default: "guest",
        meaning: "Its password.",
        apply: |draft, _, value| set(&mut draft.settings.default_user.password, Ok(Secret(value.to_owned()))),
    },
    Key {
        pattern: "default_user_tags.$tag",
        takes: "`true`, `false`",
        default: "administrator",
        meaning: "Its tags. The first such key replaces the default tag.",
        apply: |draft, tag, value| draft.default_user_tag(tag, value),
    },
    Key {
        pattern: "default_vhost",
        takes: "virtual host name",
        default: "/",
        meaning: "The virtual host that the first start creates.",
        apply: |draft, _, value| set(&mut draft.settings.default_user.vhost, name(value)),
    },
    Key {
        pattern: "default_permissions.configure",
        takes: "regular expression",
        default: ".*",
        meaning: "What the default user may configure in the default virtual host.",
        apply: |draft, _, value| set(&mut draft.settings.default_user.configure, Ok(value.to_owned())),
    },
    Key {
        pattern: "default_permissions.write",
        takes: "regular expression",
        default: ".*",
        meaning: "What it may write.",
        apply: |draft, _, value| set(&mut draft.settings.default_user.write, Ok(value.to_owned())),
    },
    Key {
        pattern: "default_permissions.read",
        takes: "regular expression",
        default: ".*",
        meaning: "What it may read.",
        apply: |draft, _, value| set(&mut draft.settings.default_user.read, Ok(value.to_owned())),
    },
    Key {
        pattern: "loopback_users",
        takes: "`none`",
        default: "",
        meaning: "Lets every user log in from anywhere, unless a later line names one.",
        apply: |draft, _, value| draft.no_loopback_users(value),
    },
    Key {
        pattern: "loopback_users.$user",
        takes: "`true`, `false`",
        default: "guest",
        meaning: "Whether that user may log in from the loopback interface only, over AMQP and over HTTP.",
        apply: |draft, user, value| draft.loopback_user(user, value),
    },
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
    Key {
        pattern: "vm_memory_high_watermark.relative",
        takes: "0.001 to 1.0",
        default: "0.6",
        meaning: "Part of the machine's memory; when the node takes more, publishers are held back.",
        apply: |draft, _, value| {
            let part = thousandths(value, 1..=1000).map(|thousandths| Watermark::Relative { thousandths });
            set(&mut draft.settings.alarms.memory, part)
        },
    },
    Key {
        pattern: "vm_memory_high_watermark.absolute",
        takes: "bytes, units allowed",
        default: "",
        meaning: "The same as an amount.",
        apply: |draft, _, value| {
            set(&mut draft.settings.alarms.memory, size(value, 1..=u64::MAX).map(Watermark::Absolute))
        },
    },
    Key {
        pattern: "disk_free_limit.absolute",
        takes: "bytes, units allowed",
        default: "50MB",
        meaning: "Free disk space below which publishers are held back.",
        apply: |draft, _, value| {
            set(&mut draft.settings.alarms.disk, size(value, 0..=u64::MAX).map(Watermark::Absolute))
        },
    },
    Key {
        pattern: "disk_free_limit.relative",
        takes: "0.001 to 100.0",
        default: "",
        meaning: "The same as a multiple of the machine's memory.",
        apply: |draft, _, value| {
            let part = thousandths(value, 1..=100_000).map(|thousandths| Watermark::Relative { thousandths });
            set(&mut draft.settings.alarms.disk, part)
        },
    },
    Key {
        pattern: "durability",
        takes: "`sync`, `os`",
        default: "sync",
        meaning: "When a persistent message is confirmed and a declaration of something durable answered: `sync` once it is synced to the disk, so that it survives a loss of power; `os` once the operating system has it, so that it survives the end of the process only.",
        apply: |draft, _, value| set(&mut draft.settings.durability, durability(value)),
    },
    Key {
        pattern: "busy_wait",
        takes: "0 to 1000 microseconds",
        default: "",
        meaning: "How long a thread that has nothing more to do stays awake for what comes next, three times as long for what follows a commit, as long as that mostly comes in this time: what travels alone arrives up to twice as fast, and 10,000 messages a second cost twice the processor's time. 0 lets it sleep at once. Without the key it is 100, and 0 where a control group limits the node's processor time (`cpu.max`).",
        apply: |draft, _, value| {
            let longest = integer(value, 0..=1000).map(|micros| Some(Duration::from_micros(micros)));
            set(&mut draft.settings.busy_wait, longest)
        },
    },
    Key {
        pattern: "log.console",
        takes: "`true`, `false`",
        default: "true",
        meaning: "Logs to standard error.",
        apply: |draft, _, value| set(&mut draft.settings.log.console, boolean(value)),
    },
    Key {
        pattern: "log.console.level",
        takes: "`debug`, `info`, `warning`, `error`, `critical`, `none`",
        default: "info",
        meaning: "How much goes to standard error.",
        apply: |draft, _, value| set(&mut draft.settings.log.console_level, level(value)),
    },
    Key {
        pattern: "log.file",
        takes: "`false`, or a file name",
        default: "false",
        meaning: "Logs to that file too.",
        apply: |draft, _, value| draft.log_file(value),
    },
    Key {
        pattern: "log.file.level",
        takes: "`debug`, `info`, `warning`, `error`, `critical`, `none`",
        default: "info",
        meaning: "How much goes to the file.",
        apply: |draft, _, value| set(&mut draft.settings.log.file_level, level(value)),
    },
    Key {
        pattern: "log.dir",
        takes: "directory",
        default: "DATA_DIR/log",
        meaning: "Where a log file with a relative name lies.",
        apply: |draft, _, value| set(&mut draft.settings.log.dir, Ok(Some(value.into()))),
    },
];

fn set<T>(place: &mut T, value: Result<T, String>) -> Result<(), String> {
    *place = value?;
    Ok(())
}

fn enable(draft: &mut Draft, kind: QueueKind, value: &str) -> Result<(), String> {
    let disabled = &mut draft.settings.limits.disabled_kinds;
    disabled.retain(|other| *other != kind);
    if !boolean(value)? {
        disabled.push(kind);
    }
    Ok(())
}

fn consumer_timeout(value: &str) -> Result<Option<Duration>, String> {
    if value == "false" || value == "undefined" {
        return Ok(None);
    }
    integer(value, 1..=u32::MAX).map(|timeout| Some(Duration::from_millis(u64::from(timeout))))
}

fn frame_max(value: &str) -> Result<u32, String> {
    if value == "0" {
        return Ok(0);
    }
    let bytes = size(value, FRAME_BYTES)?;
    u32::try_from(bytes).map_err(|_| format!("'{value}' is too large"))
}

/// The known key that is nearest to an unknown one, when one is near.
pub fn nearest(words: &[String]) -> Option<String> {
    let written = words.join(".");
    let likeness = |key: &str| strsim::normalized_damerau_levenshtein(key, &written);
    keys()
        .map(|key| filled_in(key.pattern, words))
        .map(|key| (likeness(&key), key))
        .filter(|(likeness, _)| *likeness >= 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, key)| key)
}

/// The pattern with the writer's own words in place of its `$` words.
fn filled_in(pattern: &str, words: &[String]) -> String {
    let word = |(index, part): (usize, &str)| match words.get(index) {
        Some(word) if part.starts_with('$') => word.clone(),
        _ => part.to_owned(),
    };
    pattern.split('.').enumerate().map(word).collect::<Vec<_>>().join(".")
}
