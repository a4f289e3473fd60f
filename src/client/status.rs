//! The state of a node of any make, in the shape in which Warren tells it.

use serde_json::Value;
use warren_api::declaration::ListQuery;
use warren_api::nodes::{self, Node};
use warren_api::overview::{self, Overview};
use warren_api::vhosts;
use warren_api::warren::{self, FileDescriptors, Memory, NodeStatus, Totals};

use super::{Client, ClientError};

impl Client {
    /// The state of the node. RabbitMQ and LavinMQ tell it by their overview and list of nodes.
    pub fn node_status(&self) -> Result<NodeStatus, ClientError> {
        match self.call(warren::Status) {
            Err(error) if error.is_unsupported() => self.foreign_status(),
            answer => answer,
        }
    }

    fn foreign_status(&self) -> Result<NodeStatus, ClientError> {
        let overview: Overview = self.call(overview::Get)?;
        let nodes: Vec<Node> = self.call(nodes::List)?;
        let columns = ListQuery { columns: Some("name".into()), ..ListQuery::default() };
        let vhosts: Vec<Value> = self.call_with(vhosts::List, &columns)?;
        let node = nodes.into_iter().find(|node| node.name == overview.node).unwrap_or_default();
        Ok(combine(overview, node, vhosts.len()))
    }
}

fn combine(overview: Overview, node: Node, vhosts: usize) -> NodeStatus {
    let alarms = [(node.mem_alarm, "memory"), (node.disk_free_alarm, "disk")];
    let pid = match &node.os_pid {
        Some(Value::String(text)) => text.parse().unwrap_or_default(),
        Some(number) => number.as_u64().unwrap_or_default(),
        None => 0,
    };
    let version = overview.lavinmq_version.unwrap_or(overview.rabbitmq_version);
    NodeStatus {
        node: overview.node,
        app_running: true,
        product_name: overview.product_name,
        product_version: if overview.product_version.is_empty() {
            version.clone()
        } else {
            overview.product_version
        },
        rabbitmq_version: version,
        pid,
        uptime: node.uptime.unwrap_or_default() / 1000,
        is_under_maintenance: node.being_drained,
        processors: node.processors.unwrap_or_default(),
        data_directory: node.db_dir,
        config_files: node.config_files,
        log_files: node.log_files,
        alarms: alarms.into_iter().filter(|(on, _)| *on).map(|(_, name)| name.to_owned()).collect(),
        memory: Memory { used: node.mem_used.unwrap_or_default(), limit: node.mem_limit.unwrap_or_default() },
        file_descriptors: FileDescriptors {
            total_used: node.fd_used.unwrap_or_default(),
            total_limit: node.fd_total.unwrap_or_default(),
            sockets_used: node.sockets_used.unwrap_or_default(),
            sockets_limit: node.sockets_total.unwrap_or_default(),
        },
        disk_free: node.disk_free.unwrap_or_default(),
        disk_free_limit: node.disk_free_limit.unwrap_or_default(),
        totals: Totals {
            virtual_host_count: vhosts as u64,
            connection_count: overview.object_totals.connections,
            queue_count: overview.object_totals.queues,
        },
        listeners: overview.listeners,
        ..NodeStatus::default()
    }
}
