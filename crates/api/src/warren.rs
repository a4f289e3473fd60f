//! What RabbitMQ has no path for: `/api/warren`. Administrator, unless said otherwise.

use serde::{Deserialize, Serialize};

use crate::ApiError;
use crate::declaration::{Administrator, Body, ListQuery, endpoints};
use crate::overview::Listener;

endpoints! {
    noun "Warren";

    /// The state of the node. Answers also while the app is stopped.
    GET "/api/warren/status" => Status, access: Administrator, query: ListQuery, answer: NodeStatus;
    /// Stops the app: clients are disconnected and refused, the process stays (204).
    POST "/api/warren/stop_app" => StopApp, access: Administrator;
    /// Starts the app again (204).
    POST "/api/warren/start_app" => StartApp, access: Administrator;
    /// Returns the node to its first state (204); 409 while the app runs.
    POST "/api/warren/reset" => Reset, access: Administrator;
    /// Stops the process (204, before it goes).
    POST "/api/warren/shutdown" => Shutdown, access: Administrator;
    /// Checks a password: 204 when it logs in, 401 when it does not.
    POST "/api/warren/authenticate" => Authenticate, access: Administrator, body: Credentials;
    /// Changes `vm_memory_high_watermark` or `disk_free_limit` until the node ends, each `{"relative":
    /// "0.6"}` or `{"absolute": "1GB"}` (204).
    PUT "/api/warren/alarms" => PutAlarms, access: Administrator, body: AlarmLimits;
}

/// The word in [`crate::ApiError::error`] of every answer (503) while the app is stopped.
pub const APP_STOPPED: &str = "app_stopped";

/// Credentials to check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// The user.
    pub username: String,
    /// The password in clear text.
    pub password: String,
}

impl Body for Credentials {
    const REQUIRED: &'static [&'static str] = &["username", "password"];
}

/// Limits at which publishers are held back; those left out stay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AlarmLimits {
    /// Resident memory above which they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vm_memory_high_watermark: Option<Watermark>,
    /// Free disk space below which they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk_free_limit: Option<Watermark>,
}

impl Body for AlarmLimits {}

/// A limit, written as in the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Watermark {
    /// A part of the machine's memory: `0.6`.
    Relative(String),
    /// Bytes, or a number with a unit: `1GB`.
    Absolute(String),
}

/// Whether a 401 of [`Authenticate`] is about the credentials in the body, and not about those of the request.
pub fn is_about_the_user(error: &ApiError) -> bool {
    error.reason.as_str().is_some_and(|reason| reason.starts_with("user '"))
}

/// The state of the node. The keys are those that `rabbitmqctl status --formatter json` prints, as far as they have a
/// meaning here, and those of Warren's own: `node`, `app_running`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NodeStatus {
    /// The name, such as `warren@host`.
    pub node: String,
    /// Whether the app runs: false between `stop_app` and `start_app`.
    pub app_running: bool,
    /// `Warren`.
    pub product_name: String,
    /// Version of the server.
    pub product_version: String,
    /// Version of the server, by RabbitMQ's key.
    pub rabbitmq_version: String,
    /// Process id.
    pub pid: u64,
    /// Operating system.
    pub os: String,
    /// Seconds since the node started.
    pub uptime: u64,
    /// Whether it is being emptied for maintenance.
    pub is_under_maintenance: bool,
    /// Processors that it uses.
    pub processors: u64,
    /// The data directory.
    pub data_directory: String,
    /// Configuration files that were read.
    pub config_files: Vec<String>,
    /// Where the log goes.
    pub log_files: Vec<String>,
    /// Resource alarms in effect: `memory`, `disk`.
    pub alarms: Vec<String>,
    /// When something counts as durable: `sync` or `os`.
    pub durability: String,
    /// Why the store stopped writing for good; nothing becomes durable until the node is started again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store_failure: Option<String>,
    /// Memory.
    pub memory: Memory,
    /// File descriptors and sockets.
    pub file_descriptors: FileDescriptors,
    /// Free bytes of the data directory's disk.
    pub disk_free: u64,
    /// Free bytes below which the disk alarm goes off.
    pub disk_free_limit: u64,
    /// How many things there are.
    pub totals: Totals,
    /// What the node listens on. Port 0 and `ip_address` as a path is the admin socket.
    pub listeners: Vec<Listener>,
}

/// Memory of the node in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// Resident size of the process.
    pub used: u64,
    /// Size above which the memory alarm goes off; 0 when there is none.
    pub limit: u64,
}

/// File descriptors of the node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FileDescriptors {
    /// Open ones.
    pub total_used: u64,
    /// Limit of the process.
    pub total_limit: u64,
    /// Open sockets of clients.
    pub sockets_used: u64,
    /// Limit of sockets.
    pub sockets_limit: u64,
}

/// How many things there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Totals {
    /// Vhosts.
    pub virtual_host_count: u64,
    /// Open connections.
    pub connection_count: u64,
    /// Queues.
    pub queue_count: u64,
}
