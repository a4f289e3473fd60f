//! Nodes of the cluster: `/api/nodes`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::declaration::{ListQuery, Monitoring, endpoints};
use crate::stats::Rate;

endpoints! {
    noun "Nodes";

    /// All nodes.
    GET "/api/nodes" => List, access: Monitoring, query: ListQuery, answer: Vec<Node>;
    /// One node.
    GET "/api/nodes/{node}" => Get { node }, access: Monitoring, query: ListQuery, answer: Node;
}

/// A node as it is listed. Numbers are absent when its metrics are off or the node is down.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Node {
    /// The name, such as `warren@host`.
    pub name: String,
    /// `disc` or `ram`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it runs.
    pub running: bool,
    /// Process id, as text.
    pub os_pid: Option<Value>,
    /// Milliseconds since it started.
    pub uptime: Option<u64>,
    /// Tasks that wait for a processor.
    pub run_queue: Option<u64>,
    /// How many processors it uses.
    pub processors: Option<u64>,
    /// `basic`, `detailed` or `none`.
    pub rates_mode: String,
    /// Nodes that it cannot reach.
    pub partitions: Vec<Value>,
    /// Whether it is being emptied for maintenance.
    pub being_drained: bool,
    /// The data directory.
    pub db_dir: String,
    /// Configuration files that were read.
    pub config_files: Vec<String>,
    /// Where the log goes.
    pub log_files: Vec<String>,
    /// Plugins that are on.
    pub enabled_plugins: Vec<String>,
    /// Programs that run on the node, with versions.
    pub applications: Vec<Application>,
    /// SASL mechanisms.
    pub auth_mechanisms: Vec<Registered>,
    /// Exchange types.
    pub exchange_types: Vec<Registered>,
    /// Web applications.
    pub contexts: Vec<Context>,
    /// Links to other nodes.
    pub cluster_links: Vec<Value>,
    /// Bytes of memory in use.
    pub mem_used: Option<u64>,
    /// Rate of `mem_used`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mem_used_details: Option<Rate>,
    /// Bytes of memory above which the alarm goes off.
    pub mem_limit: Option<u64>,
    /// Whether the memory alarm is on.
    pub mem_alarm: bool,
    /// How memory is measured.
    pub mem_calculation_strategy: String,
    /// Free bytes of the data directory's disk.
    pub disk_free: Option<u64>,
    /// Rate of `disk_free`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk_free_details: Option<Rate>,
    /// Free bytes below which the alarm goes off.
    pub disk_free_limit: Option<u64>,
    /// Whether the disk alarm is on.
    pub disk_free_alarm: bool,
    /// Open file descriptors.
    pub fd_used: Option<u64>,
    /// Limit of file descriptors.
    pub fd_total: Option<u64>,
    /// Open sockets.
    pub sockets_used: Option<u64>,
    /// Limit of sockets.
    pub sockets_total: Option<u64>,
    /// Processes (tasks) in use.
    pub proc_used: Option<u64>,
    /// Limit of processes.
    pub proc_total: Option<u64>,
}

/// Something that is registered under a name: an exchange type, a SASL mechanism.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Registered {
    /// The name.
    pub name: String,
    /// A sentence about it.
    pub description: String,
    /// Whether it can be used.
    pub enabled: bool,
}

/// A program on the node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Application {
    /// The name.
    pub name: String,
    /// A sentence about it.
    pub description: String,
    /// The version.
    pub version: String,
}

/// A web application of the node.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Context {
    /// The node.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub node: String,
    /// What it is.
    pub description: String,
    /// Its path.
    pub path: String,
    /// Its address.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub ip: String,
    /// Its port; a text on RabbitMQ.
    pub port: Value,
}
