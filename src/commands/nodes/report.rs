//! The state of a node as text and as JSON, in the sections and with the keys of rabbitmqctl's `status`.

use std::fmt::Write;

use serde_json::{Value, json};
use warren_api::overview::Listener;
use warren_api::warren::NodeStatus;

/// A unit of sizes; `kb`, `mb`, … are powers of 1000, `kib`, `mib`, … of 1024.
#[derive(Debug)]
pub struct Unit {
    name: String,
    size: f64,
}

impl Unit {
    /// Names of the units.
    pub const NAMES: [&str; 11] = ["bytes", "kb", "kib", "mb", "mib", "gb", "gib", "tb", "tib", "pb", "pib"];

    /// The unit with this name, which is one of [`Self::NAMES`].
    pub fn named(name: &str) -> Self {
        let name = name.to_lowercase();
        let power = "kmgtp".find(&name[..1]).map_or(0, |at| at as i32 + 1);
        let size = if name == "bytes" {
            1.0
        } else if name.contains('i') {
            1024f64.powi(power)
        } else {
            1000f64.powi(power)
        };
        Self { name, size }
    }

    /// A size with four decimals, none of them needless.
    fn of(&self, bytes: u64) -> String {
        if self.name == "bytes" {
            return format!("{bytes} bytes");
        }
        let rounded = (bytes as f64 / self.size * 10_000.0).round() / 10_000.0;
        format!("{rounded:?} {}", self.name)
    }
}

/// The report for people.
pub fn text(status: &NodeStatus, unit: &Unit) -> String {
    let mut out = String::new();
    let mut section = |heading: &str, lines: &[String]| {
        let _ = write!(out, "{heading}\n\n{}\n\n", lines.join("\n"));
    };
    section("Runtime", &runtime(status));
    section("Data directory", &[format!("Node data directory: {}", status.data_directory)]);
    section("Durability", &durability(status));
    section("Config files", &bullets(&status.config_files));
    section("Log file(s)", &bullets(&status.log_files));
    section("Alarms", &bullets(&status.alarms));
    section("Memory", &memory(status, unit));
    let files = &status.file_descriptors;
    section(
        "File Descriptors",
        &[
            format!("Total: {}, limit: {}", files.total_used, files.total_limit),
            format!("Sockets: {}, limit: {}", files.sockets_used, files.sockets_limit),
        ],
    );
    section(
        "Free Disk Space",
        &[
            format!("Low free disk space watermark: {}", unit.of(status.disk_free_limit)),
            format!("Free disk space: {}", unit.of(status.disk_free)),
        ],
    );
    let totals = &status.totals;
    section(
        "Totals",
        &[
            format!("Connection count: {}", totals.connection_count),
            format!("Queue count: {}", totals.queue_count),
            format!("Virtual host count: {}", totals.virtual_host_count),
        ],
    );
    section("Listeners", &status.listeners.iter().map(listener).collect::<Vec<_>>());
    out.trim_end().to_owned()
}

fn runtime(status: &NodeStatus) -> Vec<String> {
    let product = if status.product_name.is_empty() { "Product" } else { &status.product_name };
    let mut lines = vec![
        format!("OS PID: {}", status.pid),
        format!("OS: {}", status.os),
        format!("Uptime (seconds): {}", status.uptime),
        format!("Is under maintenance?: {}", status.is_under_maintenance),
        format!("{product} version: {}", status.product_version),
        format!("Node name: {}", status.node),
        format!("Processors: {}", status.processors),
    ];
    lines.retain(|line| !line.ends_with(": "));
    lines
}

fn durability(status: &NodeStatus) -> Vec<String> {
    let mut lines = Vec::new();
    if !status.durability.is_empty() {
        lines.push(format!("Level: {}", status.durability));
    }
    if let Some(failure) = &status.store_failure {
        lines.push(format!("The store has FAILED, and nothing more becomes durable: {failure}"));
    }
    if lines.is_empty() { vec!["(unknown)".into()] } else { lines }
}

fn memory(status: &NodeStatus, unit: &Unit) -> Vec<String> {
    let limit = match status.memory.limit {
        0 => "Memory high watermark: none".to_owned(),
        limit => format!("Memory high watermark: {}", unit.of(limit)),
    };
    vec![format!("Total memory used: {}", unit.of(status.memory.used)), limit]
}

fn bullets(items: &[String]) -> Vec<String> {
    if items.is_empty() {
        vec!["(none)".into()]
    } else {
        items.iter().map(|item| format!(" * {item}")).collect()
    }
}

fn listener(listener: &Listener) -> String {
    if listener.port == 0 {
        return format!(
            "Interface: {}, protocol: {}, purpose: {}",
            listener.ip_address,
            listener.protocol,
            purpose(&listener.protocol)
        );
    }
    format!(
        "Interface: {}, port: {}, protocol: {}, purpose: {}",
        interface(&listener.ip_address),
        listener.port,
        listener.protocol,
        purpose(&listener.protocol)
    )
}

fn interface(address: &str) -> String {
    if address.contains(':') { format!("[{address}]") } else { address.to_owned() }
}

/// What a protocol is for; a protocol that is not known stands for itself.
fn purpose(protocol: &str) -> &str {
    match protocol {
        "amqp" => "AMQP 0-9-1",
        "amqp/ssl" => "AMQP 0-9-1 over TLS",
        "http" => "HTTP API",
        "https" => "HTTP API over TLS (HTTPS)",
        "clustering" => "inter-node and CLI tool communication",
        other => other,
    }
}

/// The report for programs.
pub fn json(status: &NodeStatus) -> Value {
    let listeners: Vec<Value> = status
        .listeners
        .iter()
        .map(|listener| {
            json!({
                "interface": interface(&listener.ip_address),
                "node": listener.node,
                "port": listener.port,
                "protocol": listener.protocol,
                "purpose": purpose(&listener.protocol),
            })
        })
        .collect();
    let mut report = serde_json::to_value(status).unwrap_or_default();
    report["listeners"] = Value::Array(listeners);
    report["memory"] = json!({ "total": { "rss": status.memory.used } });
    report["vm_memory_high_watermark_limit"] = status.memory.limit.into();
    report
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_four_decimals_at_most() {
        assert_eq!(Unit::named("gb").of(135_446_528), "0.1354 gb");
        assert_eq!(Unit::named("MB").of(50_000_000), "50.0 mb");
        assert_eq!(Unit::named("mib").of(1024 * 1024 * 3 / 2), "1.5 mib");
        assert_eq!(Unit::named("bytes").of(17), "17 bytes");
        assert_eq!(Unit::named("pb").of(0), "0.0 pb");
    }

    #[test]
    fn every_section_is_there_even_when_it_is_empty() {
        let text = text(&NodeStatus::default(), &Unit::named("gb"));
        for heading in ["Runtime", "Config files", "Alarms", "Memory", "Totals", "Listeners"] {
            assert!(text.contains(&format!("{heading}\n\n")) || text.ends_with(heading), "{heading}: {text}");
        }
        assert!(text.contains("(none)"));
    }

    #[test]
    fn programs_get_rabbitmqctls_keys() {
        let status = NodeStatus {
            listeners: vec![Listener {
                protocol: "amqp".into(),
                ip_address: "::1".into(),
                port: 5672,
                ..Listener::default()
            }],
            ..NodeStatus::default()
        };
        let json = json(&status);
        assert_eq!(json["listeners"][0]["interface"], "[::1]");
        assert_eq!(json["listeners"][0]["purpose"], "AMQP 0-9-1");
        for key in
            ["pid", "uptime", "alarms", "totals", "file_descriptors", "disk_free", "rabbitmq_version", "node"]
        {
            assert!(json.get(key).is_some(), "{key}");
        }
    }
}
