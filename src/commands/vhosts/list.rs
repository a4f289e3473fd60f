//! `list_vhosts`

use clap::Args;
use serde_json::Value;
use warren_api::vhosts;

use crate::command::Run;
use crate::command::columns::{ColumnSet, columns_of, same};
use crate::context::Context;
use crate::failure::Result;
use crate::output::{Output, Rows};

static COLUMNS: ColumnSet = ColumnSet {
    all: &[
        same("name"),
        same("description"),
        same("tags"),
        same("default_queue_type"),
        same("tracing"),
        same("cluster_state"),
        same("protected_from_deletion"),
        same("metadata"),
    ],
    default: &["name"],
};

/// Lists the virtual hosts
#[derive(Debug, Args)]
pub struct ListVhosts {
    /// Columns to show [default: name]
    #[arg(value_name = "COLUMN", value_parser = columns_of(&COLUMNS))]
    columns: Vec<String>,
}

impl Run for ListVhosts {
    fn check(&self, _: &Context) -> Result<()> {
        COLUMNS.choose(&self.columns).map(drop)
    }

    fn banner(&self, _: &Context) -> Option<String> {
        Some("Listing vhosts ...".into())
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let columns = COLUMNS.choose(&self.columns)?;
        let vhosts: Vec<Value> = context.client()?.call_with(vhosts::List, &columns.query(&[]))?;
        Ok(Output::Rows(Rows { empty_line: true, ..columns.rows(&vhosts) }))
    }
}
