//! `list_channels`

use clap::Args;
use serde_json::Value;
use warren_api::channels;

use crate::command::Run;
use crate::command::columns::{ColumnSet, at, columns_of, same};
use crate::context::Context;
use crate::failure::Result;
use crate::output::Output;

static COLUMNS: ColumnSet = ColumnSet {
    all: &[
        at("pid", "name"),
        at("connection", "connection_details.name"),
        same("name"),
        same("number"),
        same("user"),
        same("vhost"),
        same("transactional"),
        same("confirm"),
        same("consumer_count"),
        same("messages_unacknowledged"),
        same("messages_uncommitted"),
        same("acks_uncommitted"),
        same("messages_unconfirmed"),
        same("prefetch_count"),
        same("global_prefetch_count"),
    ],
    default: &["pid", "user", "consumer_count", "messages_unacknowledged"],
};

/// Lists the channels of all virtual hosts
#[derive(Debug, Args)]
pub struct ListChannels {
    /// Columns to show [default: pid user consumer_count messages_unacknowledged]
    #[arg(value_name = "COLUMN", value_parser = columns_of(&COLUMNS))]
    columns: Vec<String>,
}

impl Run for ListChannels {
    fn check(&self, _: &Context) -> Result<()> {
        COLUMNS.choose(&self.columns).map(drop)
    }

    fn banner(&self, _: &Context) -> Option<String> {
        Some("Listing channels ...".into())
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let columns = COLUMNS.choose(&self.columns)?;
        let channels: Vec<Value> = context.client()?.call_with(channels::List, &columns.query(&[]))?;
        Ok(Output::Rows(columns.rows(&channels)))
    }
}
