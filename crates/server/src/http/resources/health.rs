//! `/api/health/checks` and the older `/api/healthchecks`: 200 with status `ok`, else 503 with a reason.

use axum::http::StatusCode;
use serde_json::Value;
use warren_api::health::{
    Alarms, BelowNodeConnectionLimit, IsInService, LocalAlarms, MetadataStore, MetadataStoreWithData,
    Node as WholeNode, NodeIsQuorumCritical, NodeNamed, PortListener, ProtocolListener,
    ReachedTargetClusterSize, ReadyToServeClients, Status, VirtualHosts,
};

use super::overview::listeners;
use crate::http::framework::{ApiError, Call, Handle, Outcome, Reply};
use crate::node::Node;

/// Open files that are kept for the node itself when connections are counted against the limit.
const RESERVED_FILES: u64 = 100;

impl Handle for NodeIsQuorumCritical {
    /// The single node passes, and says why.
    async fn handle(self, _: Call<Self>) -> Outcome<Self> {
        let reason = Some(Value::from("single node cluster"));
        answer(&Status { reason, ..Status::ok() })
    }
}

impl Handle for Alarms {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        answer(&alarms(call.node()))
    }
}

impl Handle for LocalAlarms {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        answer(&alarms(call.node()))
    }
}

impl Handle for VirtualHosts {
    /// One that cannot run does not come up at all.
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        answer(&check(!call.broker().vhosts().is_empty(), "There are no virtual hosts"))
    }
}

impl Handle for PortListener {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let port: u16 = self.port.parse().map_err(|_| ApiError::bad_request("Invalid port"))?;
        let ports: Vec<u16> = listeners(call.node()).into_iter().map(|listener| listener.port).collect();
        if ports.contains(&port) {
            return answer(&Status { port: Some(port), ..Status::ok() });
        }
        let missing = Some(Value::from(port));
        answer(&Status { missing, ports: Some(ports), ..Status::failed("No active listener") })
    }
}

impl Handle for ProtocolListener {
    /// One of several will do.
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let served: Vec<String> =
            listeners(call.node()).into_iter().map(|listener| listener.protocol).collect();
        let asked: Vec<&str> = self.protocol.split(',').map(|name| protocol(name.trim())).collect();
        if let Some(found) = asked.iter().find(|name| served.iter().any(|own| own == *name)) {
            return answer(&Status { protocol: Some((*found).to_owned()), ..Status::ok() });
        }
        let missing = Some(Value::from(asked.join(",")));
        answer(&Status { missing, protocols: Some(served), ..Status::failed("No active listener") })
    }
}

impl Handle for IsInService {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        answer(&in_service(call.node()))
    }
}

impl Handle for BelowNodeConnectionLimit {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        answer(&below_limit(call.node()))
    }
}

impl Handle for ReadyToServeClients {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let node = call.node();
        let listening = check(!node.addresses.amqp.is_empty(), "no active AMQP listeners");
        let checks = [in_service(node), listening, below_limit(node)];
        let failed = checks.into_iter().find(|status| status.status != "ok");
        answer(&failed.unwrap_or_else(Status::ok))
    }
}

impl Handle for ReachedTargetClusterSize {
    /// A single node is the whole cluster.
    async fn handle(self, _: Call<Self>) -> Outcome<Self> {
        answer(&Status::ok())
    }
}

impl Handle for MetadataStore {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        answer(&check(call.node().store_failure().is_none(), "Metadata store has failed"))
    }
}

impl Handle for MetadataStoreWithData {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let data = !call.broker().vhosts().is_empty() && !call.broker().users.is_empty();
        let passed = data && call.node().store_failure().is_none();
        answer(&check(passed, "Metadata store has failed or holds no data"))
    }
}

impl Handle for WholeNode {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        Ok(Reply::ok(&whole(call.node())))
    }
}

impl Handle for NodeNamed {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        if self.node != call.node().name {
            return Err(ApiError::object_not_found());
        }
        Ok(Reply::ok(&whole(call.node())))
    }
}

fn answer(status: &Status) -> Result<Reply<Status>, ApiError> {
    let code = if status.status == "ok" { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok(Reply::with_status(code, status))
}

fn check(passed: bool, reason: &str) -> Status {
    if passed { Status::ok() } else { Status::failed(reason) }
}

/// No resource alarm is in effect, and the log can be written.
fn alarms(node: &Node) -> Status {
    if let Some(failure) = node.store_failure() {
        return Status::failed(failure);
    }
    let alarms = node.alarms();
    if alarms.is_empty() {
        return Status::ok();
    }
    let named = |alarm: String| serde_json::json!({"node": node.name, "resource": alarm});
    let alarms = Some(alarms.into_iter().map(named).collect());
    Status { alarms, ..Status::failed("There are alarms in effect in the cluster") }
}

/// A protocol by the name under which its listener is listed.
fn protocol(name: &str) -> &str {
    match name {
        "amqp091" | "amqp0-9-1" | "amqp0.9.1" => "amqp",
        "http1.1" | "management" | "ui" => "http",
        other => other,
    }
}

fn in_service(node: &Node) -> Status {
    check(node.broker.is_running(), "the rabbit node is not currently available to serve")
}

fn below_limit(node: &Node) -> Status {
    let room = crate::metrics::process::open_files_limit().saturating_sub(RESERVED_FILES);
    check((node.broker.connections.len() as u64) < room, "node connection limit is reached")
}

fn whole(node: &Node) -> Status {
    match node.store_failure() {
        Some(failure) => Status::failed(failure),
        None => check(node.alarms().is_empty(), "resource alarm(s) in effect"),
    }
}
