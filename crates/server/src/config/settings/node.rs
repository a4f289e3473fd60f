//! What the configuration decides, typed, with the values that hold when nobody says otherwise.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tracing::level_filters::LevelFilter;
use warren_broker::deprecated_features::DeprecatedFeature;
use warren_broker::queues::QueueKind;
use warren_broker::topology::limits::NodeLimits;
use warren_store::Durability;

use super::{ListenAddress, VHostDefaults};

/// Every setting of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where AMQP 0-9-1 is served; empty serves none.
    pub amqp_listeners: Vec<ListenAddress>,
    /// Host of the HTTP listener.
    pub http_host: String,
    /// Port of the HTTP listener; 0 takes a free one.
    pub http_port: u16,
    /// The largest HTTP request body, in bytes.
    pub http_max_body: u64,
    /// Who is created in an empty data directory.
    pub default_user: DefaultUser,
    /// Users that may log in from the loopback interface only.
    pub loopback_users: BTreeSet<String>,
    /// How much there may be of what.
    pub limits: NodeLimits,
    /// Kind of queues that are declared without one, where their virtual host has no other default.
    pub default_queue_type: Option<QueueKind>,
    /// Deprecated features that are denied.
    pub denied_features: BTreeSet<DeprecatedFeature>,
    /// What new virtual hosts are given.
    pub vhost_defaults: VHostDefaults,
    /// What AMQP connections negotiate and what they may do.
    pub amqp: AmqpSettings,
    /// How often counters are sampled for rates.
    pub statistics_interval: Duration,
    /// How long a delivery may wait for its acknowledgement; `None` is no limit.
    pub consumer_timeout: Option<Duration>,
    /// When publishers are held back.
    pub alarms: AlarmSettings,
    /// When something counts as durable, so that it is confirmed.
    pub durability: Durability,
    /// How long a thread without work stays awake, while that pays; `None` is what suits the machine.
    pub busy_wait: Option<Duration>,
    /// Where the log goes.
    pub log: LogSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            amqp_listeners: vec![ListenAddress::loopback(5672)],
            http_host: "127.0.0.1".into(),
            http_port: 15672,
            http_max_body: 20_000_000,
            default_user: DefaultUser::default(),
            loopback_users: BTreeSet::from(["guest".to_owned()]),
            limits: NodeLimits::default(),
            default_queue_type: None,
            denied_features: BTreeSet::new(),
            vhost_defaults: VHostDefaults::default(),
            amqp: AmqpSettings::default(),
            statistics_interval: Duration::from_secs(5),
            consumer_timeout: Some(Duration::from_secs(1800)),
            alarms: AlarmSettings::default(),
            durability: Durability::Sync,
            busy_wait: None,
            log: LogSettings::default(),
        }
    }
}

/// The user, virtual host and permissions that the first start in an empty data directory creates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefaultUser {
    /// Name of the user.
    pub name: String,
    /// Password of the user.
    pub password: Secret,
    /// The user's tags.
    pub tags: BTreeSet<String>,
    /// Name of the virtual host.
    pub vhost: String,
    /// Permission to configure, as a regular expression over resource names.
    pub configure: String,
    /// Permission to write.
    pub write: String,
    /// Permission to read.
    pub read: String,
}

impl Default for DefaultUser {
    fn default() -> Self {
        Self {
            name: "guest".into(),
            password: Secret("guest".into()),
            tags: BTreeSet::from(["administrator".to_owned()]),
            vhost: "/".into(),
            configure: ".*".into(),
            write: ".*".into(),
            read: ".*".into(),
        }
    }
}

/// Limits and times of AMQP connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AmqpSettings {
    /// Heartbeat interval that is offered, in seconds; 0 offers none.
    pub heartbeat: u16,
    /// Channels that a connection may open; 0 is no limit.
    pub channel_max: u16,
    /// Largest frame, in bytes, with its 8 bytes of header and end; 0 is no limit.
    pub frame_max: u32,
    /// Largest message body, in bytes.
    pub max_message_size: u64,
    /// Time in which a client must have opened its connection.
    pub handshake_timeout: Duration,
    /// Connections that may wait to be accepted.
    pub backlog: i32,
    /// Whether small writes go out at once (`TCP_NODELAY`).
    pub nodelay: bool,
}

impl Default for AmqpSettings {
    fn default() -> Self {
        Self {
            heartbeat: 60,
            channel_max: 2047,
            frame_max: 131_072,
            max_message_size: 16 * 1024 * 1024,
            handshake_timeout: Duration::from_secs(10),
            backlog: 128,
            nodelay: true,
        }
    }
}

/// Limits of memory and disk at which publishers are held back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmSettings {
    /// Resident memory above which they wait.
    pub memory: Watermark,
    /// Free disk space below which they wait.
    pub disk: Watermark,
}

impl Default for AlarmSettings {
    fn default() -> Self {
        Self { memory: Watermark::Relative { thousandths: 600 }, disk: Watermark::Absolute(50_000_000) }
    }
}

/// A limit in bytes, or as a part of the machine's memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Watermark {
    /// Bytes.
    Absolute(u64),
    /// Thousandths of the machine's memory.
    Relative {
        /// How many.
        thousandths: u32,
    },
}

/// Where the log goes, and how much of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettings {
    /// Whether the log goes to standard error.
    pub console: bool,
    /// How much goes to standard error.
    pub console_level: LevelFilter,
    /// Name of the log file; a relative one lies in `dir`.
    pub file: Option<PathBuf>,
    /// How much goes to the file.
    pub file_level: LevelFilter,
    /// Directory of the log file; `None` is `log` in the data directory.
    pub dir: Option<PathBuf>,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self {
            console: true,
            console_level: LevelFilter::INFO,
            file: None,
            file_level: LevelFilter::INFO,
            dir: None,
        }
    }
}

impl LogSettings {
    /// Where the log file lies, if there is one.
    pub fn path(&self, data_dir: &Path) -> Option<PathBuf> {
        let dir = self.dir.clone().unwrap_or_else(|| data_dir.join("log"));
        self.file.as_ref().map(|name| dir.join(name))
    }
}

/// Text that must not reach a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}
