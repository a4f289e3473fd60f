//! `/api/warren/`: what RabbitMQ's API has no path for.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use std::net::{IpAddr, Ipv4Addr};
use warren_api::overview::Listener;
use warren_api::warren::{self, Credentials, FileDescriptors, Memory, NodeStatus, PutAlarms, Totals};

use super::overview::{self, PRODUCT, VERSION};
use crate::config::{Watermark, size, thousandths};
use crate::http::framework::caller::Administrator;
use crate::http::framework::durable::durable;
use crate::http::framework::error::ApiError;
use crate::http::framework::json::Object;
use crate::http::framework::listing::Listing;
use crate::http::framework::state::AppState;
use crate::node::Node;
use crate::{app, process};

/// The state of the node, also while the app is stopped.
pub async fn status(
    _: Administrator,
    State(state): State<AppState>,
    query: Listing,
) -> Result<Response, ApiError> {
    query.one(&view(&state.node))
}

/// Stops serving clients; the process stays.
pub async fn stop_app(
    Administrator(caller): Administrator,
    State(state): State<AppState>,
) -> Result<StatusCode, ApiError> {
    tracing::info!(by = ?caller.name, "app stopped");
    app::stop(&state.node).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Serves clients again.
pub async fn start_app(Administrator(caller): Administrator, State(state): State<AppState>) -> StatusCode {
    tracing::info!(by = ?caller.name, "app started");
    app::start(&state.node);
    StatusCode::NO_CONTENT
}

/// Returns the node to its first state.
pub async fn reset(
    Administrator(caller): Administrator,
    State(state): State<AppState>,
) -> Result<StatusCode, ApiError> {
    if state.node.broker.is_running() {
        let reason = "the app runs; stop it first with 'warrenctl stop_app'";
        return Err(ApiError::conflict("app_running", reason));
    }
    tracing::warn!(by = ?caller.name, "node reset: everything on it is deleted");
    state.node.cluster.forget().map_err(ApiError::internal)?;
    durable(&state, state.node.broker.reset()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends the whole node, after this answer has gone out.
pub async fn shutdown(Administrator(caller): Administrator, State(state): State<AppState>) -> StatusCode {
    tracing::info!(by = ?caller.name, "asked over HTTP to shut down");
    state.node.stop();
    StatusCode::NO_CONTENT
}

/// Checks a user's password, as if he logged in from this machine.
pub async fn authenticate(
    _: Administrator,
    State(state): State<AppState>,
    body: Object,
) -> Result<StatusCode, ApiError> {
    let Credentials { username, password } = body.require(&["username", "password"])?.into()?;
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    match state.node.broker.authenticate(&username, password.as_bytes(), here) {
        Ok(_) => Ok(StatusCode::NO_CONTENT),
        Err(error) => Err(ApiError::credentials_refused(error.reason())),
    }
}

/// Changes the limits of memory and disk until the node ends.
pub async fn put_alarms(
    Administrator(caller): Administrator,
    State(state): State<AppState>,
    body: Object,
) -> Result<StatusCode, ApiError> {
    let PutAlarms { vm_memory_high_watermark: memory, disk_free_limit: disk } = body.into()?;
    let memory = memory.map(|given| watermark("vm_memory_high_watermark", &given, 1000)).transpose()?;
    let disk = disk.map(|given| watermark("disk_free_limit", &given, 100_000)).transpose()?;
    tracing::info!(?memory, ?disk, by = ?caller.name, "limits of alarms put");
    state.node.alarms.set_limits(memory.as_ref(), disk.as_ref(), &state.node.broker);
    Ok(StatusCode::NO_CONTENT)
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
