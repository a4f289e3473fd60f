//! `/api/nodes`.

use serde_json::Value;
use warren_api::nodes::{Application, Context, Get, List, Node as View, Registered};

use crate::http::framework::{ApiError, Call, Handle, Outcome};
use crate::metrics::process;
use crate::node::Node;

impl Handle for List {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        call.list([view(call.node())])
    }
}

impl Handle for Get {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        if self.node != call.node().name {
            return Err(ApiError::object_not_found());
        }
        call.one(&view(call.node()))
    }
}

fn view(node: &Node) -> View {
    let total = process::open_files_limit();
    View {
        name: node.name.clone(),
        kind: "disc".into(),
        running: node.broker.is_running(),
        os_pid: Some(Value::from(std::process::id().to_string())),
        uptime: u64::try_from(node.started.elapsed().as_millis()).ok(),
        run_queue: Some(0),
        processors: Some(process::processors()),
        rates_mode: "basic".into(),
        db_dir: node.data_dir.display().to_string(),
        config_files: node.config_files(),
        log_files: node.log_files(),
        applications: vec![application()],
        auth_mechanisms: mechanisms(),
        exchange_types: exchange_types(),
        contexts: vec![context(node)],
        mem_used: process::resident_bytes(),
        mem_limit: Some(node.alarms.memory_limit()),
        mem_alarm: node.alarms.in_effect().memory,
        mem_calculation_strategy: "rss".into(),
        disk_free: process::free_disk_bytes(&node.data_dir),
        disk_free_limit: Some(node.alarms.disk_limit()),
        disk_free_alarm: node.alarms.in_effect().disk,
        fd_used: process::open_files(),
        fd_total: Some(total),
        sockets_used: Some(node.broker.connections.len() as u64),
        sockets_total: Some(total),
        ..View::default()
    }
}

fn application() -> Application {
    Application {
        name: "warren".into(),
        description: "Warren message broker".into(),
        version: env!("CARGO_PKG_VERSION").into(),
    }
}

fn mechanisms() -> Vec<Registered> {
    let described = |name: &str| Registered {
        name: name.into(),
        description: format!("SASL {name} authentication mechanism"),
        enabled: true,
    };
    crate::amqp::MECHANISMS.split(' ').map(described).collect()
}

/// The exchange types that can be declared.
pub fn exchange_types() -> Vec<Registered> {
    let described = |(name, description): (&str, &str)| Registered {
        name: name.into(),
        description: description.into(),
        enabled: true,
    };
    warren_broker::exchanges::types().map(described).collect()
}

/// The management API as a web application of the node.
pub fn context(node: &Node) -> Context {
    let http = node.addresses.http;
    Context {
        node: node.name.clone(),
        description: "Warren Management".into(),
        path: "/".into(),
        ip: http.ip().to_string(),
        port: Value::from(http.port().to_string()),
    }
}
