//! `list_bindings`

use clap::Args;
use serde_json::Value;
use warren_api::bindings;

use crate::command::Run;
use crate::command::columns::{ColumnSet, at, columns_of, same};
use crate::context::Context;
use crate::failure::Result;
use crate::output::Output;

static COLUMNS: ColumnSet = ColumnSet {
    all: &[
        at("source_name", "source"),
        same("source_kind"),
        at("destination_name", "destination"),
        at("destination_kind", "destination_type"),
        same("routing_key"),
        same("arguments"),
    ],
    default: &[
        "source_name",
        "source_kind",
        "destination_name",
        "destination_kind",
        "routing_key",
        "arguments",
    ],
};

/// Lists the bindings of a virtual host
#[derive(Debug, Args)]
pub struct ListBindings {
    /// Columns to show [default: all]
    #[arg(value_name = "COLUMN", value_parser = columns_of(&COLUMNS))]
    columns: Vec<String>,
}

impl Run for ListBindings {
    fn check(&self, context: &Context) -> Result<()> {
        COLUMNS.choose(&self.columns)?;
        context.vhost().map(drop)
    }

    fn banner(&self, context: &Context) -> Option<String> {
        Some(format!("Listing bindings for vhost {}...", context.vhost_label()))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let columns = COLUMNS.choose(&self.columns)?;
        let mut bindings =
            context.list_in_vhost(|vhost| bindings::ListVhost { vhost }, &columns.query(&[]))?;
        for binding in bindings.iter_mut().filter_map(Value::as_object_mut) {
            // A binding starts at an exchange always, so that the API does not say it.
            binding.insert("source_kind".into(), "exchange".into());
        }
        Ok(Output::Rows(columns.rows(&bindings)))
    }
}
