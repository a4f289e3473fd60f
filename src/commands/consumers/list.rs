//! `list_consumers`

use clap::Args;
use warren_api::consumers;

use crate::command::Run;
use crate::command::columns::{ColumnSet, at, columns_of, same};
use crate::context::Context;
use crate::failure::Result;
use crate::output::Output;

static COLUMNS: ColumnSet = ColumnSet {
    all: &[
        at("queue_name", "queue.name"),
        at("channel_pid", "channel_details.name"),
        same("consumer_tag"),
        same("ack_required"),
        same("prefetch_count"),
        same("active"),
        same("activity_status"),
        same("arguments"),
    ],
    default: &[
        "queue_name",
        "channel_pid",
        "consumer_tag",
        "ack_required",
        "prefetch_count",
        "active",
        "arguments",
    ],
};

/// Lists the consumers in a virtual host
#[derive(Debug, Args)]
pub struct ListConsumers {
    /// Columns to show [default: all but activity_status]
    #[arg(value_name = "COLUMN", value_parser = columns_of(&COLUMNS))]
    columns: Vec<String>,
}

impl Run for ListConsumers {
    fn check(&self, context: &Context) -> Result<()> {
        COLUMNS.choose(&self.columns)?;
        context.vhost().map(drop)
    }

    fn banner(&self, context: &Context) -> Option<String> {
        Some(format!("Listing consumers in vhost {} ...", context.vhost_label()))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let columns = COLUMNS.choose(&self.columns)?;
        let consumers = context.list_in_vhost(|vhost| consumers::ListVhost { vhost }, &columns.query(&[]))?;
        Ok(Output::Rows(columns.rows(&consumers)))
    }
}
