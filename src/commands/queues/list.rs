//! `list_queues`

use std::time::Duration;

use clap::Args;
use serde_json::Value;
use warren_api::queues;

use crate::command::Run;
use crate::command::columns::{ColumnSet, at, columns_of, empty, same};
use crate::context::Context;
use crate::failure::Result;
use crate::output::Output;

pub(super) static COLUMNS: ColumnSet = ColumnSet {
    all: &[
        same("name"),
        same("durable"),
        same("auto_delete"),
        same("arguments"),
        same("policy"),
        same("operator_policy"),
        same("effective_policy_definition"),
        at("pid", "node"),
        at("owner_pid", "owner_pid_details.name"),
        same("exclusive"),
        empty("exclusive_consumer_pid"),
        same("exclusive_consumer_tag"),
        same("messages_ready"),
        same("messages_unacknowledged"),
        same("messages"),
        same("messages_ready_ram"),
        same("messages_unacknowledged_ram"),
        same("messages_ram"),
        same("messages_persistent"),
        same("message_bytes"),
        same("message_bytes_ready"),
        same("message_bytes_unacknowledged"),
        same("message_bytes_ram"),
        same("message_bytes_persistent"),
        same("head_message_timestamp"),
        at("disk_reads", "message_stats.disk_reads"),
        at("disk_writes", "message_stats.disk_writes"),
        same("consumers"),
        same("consumer_utilisation"),
        same("consumer_capacity"),
        same("memory"),
        same("state"),
        same("type"),
        same("leader"),
        same("members"),
        same("online"),
        empty("slave_pids"),
        empty("synchronised_slave_pids"),
    ],
    default: &["name", "messages"],
};

/// States in which a queue does not serve.
const OFFLINE: [&str; 5] = ["down", "crashed", "stopped", "minority", "closed"];

/// Lists the queues of a virtual host
#[derive(Debug, Args)]
#[command(after_long_help = super::arguments::of_queues())]
pub struct ListQueues {
    /// Columns to show [default: name messages]
    #[arg(value_name = "COLUMN", value_parser = columns_of(&COLUMNS))]
    columns: Vec<String>,
    /// Only queues that serve
    #[arg(long)]
    online: bool,
    /// Only queues that do not serve
    #[arg(long)]
    offline: bool,
    /// Only queues on the node that is asked
    #[arg(long)]
    local: bool,
}

impl Run for ListQueues {
    fn check(&self, context: &Context) -> Result<()> {
        COLUMNS.choose(&self.columns)?;
        context.vhost().map(drop)
    }

    fn banner(&self, context: &Context) -> Option<String> {
        let timeout = context.timeout().unwrap_or_default().as_secs_f64();
        Some(format!(
            "Timeout: {timeout:.1} seconds ...\nListing queues for vhost {} ...",
            context.vhost_label()
        ))
    }

    fn default_timeout(&self) -> Option<Duration> {
        Some(Duration::from_secs(60))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let columns = COLUMNS.choose(&self.columns)?;
        let mut queues =
            context.list_in_vhost(|vhost| queues::ListVhost { vhost }, &columns.query(&["state", "node"]))?;
        let local = if self.local { Some(context.node_status()?.node.clone()) } else { None };
        queues.retain(|queue| self.wants(queue, local.as_deref()));
        Ok(Output::Rows(columns.rows(&queues)))
    }
}

impl ListQueues {
    /// Whether the queue is of a kind that was asked for; several kinds are added up.
    fn wants(&self, queue: &Value, local: Option<&str>) -> bool {
        if !self.online && !self.offline && !self.local {
            return true;
        }
        let text = |key| queue.get(key).and_then(Value::as_str).unwrap_or_default();
        let offline = OFFLINE.contains(&text("state"));
        (self.online && !offline)
            || (self.offline && offline)
            || (local.is_some_and(|node| text("node") == node))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn kinds_of_queues_are_added_up() {
        let command = |online, offline, local| ListQueues { columns: Vec::new(), online, offline, local };
        let running = json!({"state": "running", "node": "a"});
        let down = json!({"state": "down", "node": "b"});
        let wanted =
            |command: ListQueues| (command.wants(&running, Some("a")), command.wants(&down, Some("a")));
        assert_eq!(wanted(command(true, false, false)), (true, false));
        assert!(!command(false, true, false).wants(&running, None));
        assert!(command(false, true, false).wants(&down, None));
        assert!(command(true, true, false).wants(&down, None));
        assert_eq!(wanted(command(false, false, true)), (true, false));
    }
}
