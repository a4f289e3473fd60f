//! Health checks: `/api/health/checks`. 200 with status `ok`, else 503 with status `failed` and a reason.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::declaration::{Anyone, Management, endpoints};

endpoints! {
    /// A check that passes answers 200 with the status `ok`, one that fails 503 with the status `failed` and a reason.
    noun "Health";

    /// No resource alarm is in effect in the cluster.
    GET "/api/health/checks/alarms" => Alarms, access: Management, answer: Status;
    /// No resource alarm is in effect on this node.
    GET "/api/health/checks/local-alarms" => LocalAlarms, access: Management, answer: Status;
    /// All vhosts run.
    GET "/api/health/checks/virtual-hosts" => VirtualHosts, access: Management, answer: Status;
    /// Something listens on a port.
    GET "/api/health/checks/port-listener/{port}" => PortListener { port },
        access: Management, answer: Status;
    /// Something listens for a protocol, such as `amqp` or `http`.
    GET "/api/health/checks/protocol-listener/{protocol}" => ProtocolListener { protocol },
        access: Management, answer: Status;
    /// The node serves clients: it has started and takes connections.
    GET "/api/health/checks/is-in-service" => IsInService, access: Anyone, answer: Status;
    /// The node serves clients and has room for more connections.
    GET "/api/health/checks/ready-to-serve-clients" => ReadyToServeClients, access: Anyone, answer: Status;
    /// The node may take more connections.
    GET "/api/health/checks/below-node-connection-limit" => BelowNodeConnectionLimit,
        access: Anyone, answer: Status;
    /// The cluster has as many nodes as it should; a single node always has.
    GET "/api/health/checks/reached-target-cluster-size" => ReachedTargetClusterSize,
        access: Anyone, answer: Status;
    /// No queue would lose its majority without this node; passes on a single node.
    GET "/api/health/checks/node-is-quorum-critical" => NodeIsQuorumCritical,
        access: Management, answer: Status;
    /// The metadata can be read and written.
    GET "/api/health/checks/metadata-store/initialized" => MetadataStore, access: Management, answer: Status;
    /// The metadata can be read and written, and holds a vhost and a user.
    GET "/api/health/checks/metadata-store/initialized/with-data" => MetadataStoreWithData,
        access: Management, answer: Status;
    /// The older check of the whole node: it answers 200 also when it fails.
    GET "/api/healthchecks/node" => Node, access: Management, answer: Status;
    /// The same for a node by its name.
    GET "/api/healthchecks/node/{node}" => NodeNamed { node }, access: Management, answer: Status;
}

/// The answer of a check; the keys after `reason` depend on the check.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Status {
    /// `ok` or `failed`.
    pub status: String,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Value>,
    /// The port that was asked for and found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The protocol that was asked for and found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// The port (number) or protocol (text) that was asked for and not found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<Value>,
    /// The ports that are listened on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ports: Option<Vec<u16>>,
    /// The protocols that are listened for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocols: Option<Vec<String>>,
    /// The alarms in effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alarms: Option<Vec<Value>>,
    /// The vhosts that are down.
    #[serde(rename = "virtual-hosts", skip_serializing_if = "Option::is_none")]
    pub virtual_hosts: Option<Vec<String>>,
}

impl Status {
    /// A check that passed.
    pub fn ok() -> Self {
        Self { status: "ok".into(), ..Self::default() }
    }

    /// A check that failed.
    pub fn failed(reason: impl Into<String>) -> Self {
        Self { status: "failed".into(), reason: Some(Value::String(reason.into())), ..Self::default() }
    }
}
