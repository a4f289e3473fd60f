//! `/api/warren/`: what RabbitMQ's API has no path for.

use std::net::{IpAddr, Ipv4Addr};

use warren_api::overview::Listener;
use warren_api::warren::{
    self, Authenticate, FileDescriptors, Memory, NodeStatus, PutAlarms, Reset, Shutdown, StartApp, Status,
    StopApp, Totals,
};

use super::overview::{self, PRODUCT, VERSION};
use crate::config::{Watermark, size, thousandths};
use crate::http::framework::{ApiError, Call, Handle, Outcome, Reply, durable_done};
use crate::metrics::process;
use crate::node::{Node, app};

impl Handle for Status {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        call.one(&view(call.node()))
    }
}

impl Handle for StopApp {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        tracing::info!(by = ?call.caller.name, "app stopped");
        app::stop(call.node()).await?;
        Ok(Reply::done())
    }
}

impl Handle for StartApp {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        tracing::info!(by = ?call.caller.name, "app started");
        app::start(call.node());
        Ok(Reply::done())
    }
}

impl Handle for Reset {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        if call.broker().is_running() {
            let reason = "the app runs; stop it first with 'warrenctl stop_app'";
            return Err(ApiError::conflict("app_running", reason));
        }
        tracing::warn!(by = ?call.caller.name, "node reset: everything on it is deleted");
        durable_done(&call.state, call.broker().reset()).await
    }
}

impl Handle for Shutdown {
    /// The process ends after this answer has gone out.
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        tracing::info!(by = ?call.caller.name, "asked over HTTP to shut down");
        call.node().stop();
        Ok(Reply::done())
    }
}

impl Handle for Authenticate {
    /// As if the user logged in from this machine.
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let (username, password) = (&call.body.username, &call.body.password);
        let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
        match call.broker().authenticate(username, password.as_bytes(), here) {
            Ok(_) => Ok(Reply::done()),
            Err(error) => Err(ApiError::credentials_refused(error.reason())),
        }
    }
}

impl Handle for PutAlarms {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let (memory, disk) = (&call.body.vm_memory_high_watermark, &call.body.disk_free_limit);
        let memory = memory.as_ref().map(|given| watermark("vm_memory_high_watermark", given, 1000));
        let disk = disk.as_ref().map(|given| watermark("disk_free_limit", given, 100_000));
        let (memory, disk) = (memory.transpose()?, disk.transpose()?);
        tracing::info!(?memory, ?disk, by = ?call.caller.name, "limits of alarms put");
        call.node().alarms.set_limits(memory.as_ref(), disk.as_ref(), call.broker());
        Ok(Reply::done())
    }
}

/// Written as in the configuration, but that 0 is a part too.
fn watermark(key: &str, given: &warren::Watermark, most: u32) -> Result<Watermark, ApiError> {
    let read = match given {
        warren::Watermark::Relative(part) => {
            thousandths(part, 0..=most).map(|thousandths| Watermark::Relative { thousandths })
        }
        warren::Watermark::Absolute(amount) => size(amount, 0..=u64::MAX).map(Watermark::Absolute),
    };
    read.map_err(|why| ApiError::bad_request(format!("{key}: {why}")))
}

fn view(node: &Node) -> NodeStatus {
    let broker = &node.broker;
    let connections = broker.connections.len() as u64;
    let files = process::open_files_limit();
    NodeStatus {
        node: node.name.clone(),
        app_running: broker.is_running(),
        product_name: PRODUCT.into(),
        product_version: VERSION.into(),
        rabbitmq_version: VERSION.into(),
        pid: u64::from(std::process::id()),
        os: process::system(),
        uptime: node.started.elapsed().as_secs(),
        processors: process::processors(),
        data_directory: node.data_dir.display().to_string(),
        config_files: node.config_files(),
        log_files: node.log_files(),
        alarms: node.alarms(),
        durability: node.durability().into(),
        store_failure: node.store_failure(),
        memory: Memory {
            used: process::resident_bytes().unwrap_or_default(),
            limit: node.alarms.memory_limit(),
        },
        file_descriptors: FileDescriptors {
            total_used: process::open_files().unwrap_or_default(),
            total_limit: files,
            sockets_used: connections,
            sockets_limit: files,
        },
        disk_free: process::free_disk_bytes(&node.data_dir).unwrap_or_default(),
        disk_free_limit: node.alarms.disk_limit(),
        totals: Totals {
            virtual_host_count: broker.vhosts().len() as u64,
            connection_count: connections,
            queue_count: broker.vhosts().iter().map(|vhost| vhost.topology().queues().count() as u64).sum(),
        },
        listeners: listeners(node),
        ..NodeStatus::default()
    }
}

/// What the node listens on, the admin socket included.
fn listeners(node: &Node) -> Vec<Listener> {
    let mut listeners = overview::listeners(node);
    listeners.push(Listener {
        node: node.name.clone(),
        protocol: "http".into(),
        ip_address: node.addresses.socket.display().to_string(),
        port: 0,
    });
    listeners
}
