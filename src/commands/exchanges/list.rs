//! `list_exchanges`

use clap::Args;
use warren_api::exchanges;

use crate::command::Run;
use crate::command::columns::{ColumnSet, columns_of, same};
use crate::context::Context;
use crate::failure::Result;
use crate::output::Output;

static COLUMNS: ColumnSet = ColumnSet {
    all: &[
        same("name"),
        same("type"),
        same("durable"),
        same("auto_delete"),
        same("internal"),
        same("arguments"),
        same("policy"),
        same("operator_policy"),
        same("effective_policy_definition"),
    ],
    default: &["name", "type"],
};

/// Lists the exchanges of a virtual host
#[derive(Debug, Args)]
pub struct ListExchanges {
    /// Columns to show [default: name type]
    #[arg(value_name = "COLUMN", value_parser = columns_of(&COLUMNS))]
    columns: Vec<String>,
}

impl Run for ListExchanges {
    fn check(&self, context: &Context) -> Result<()> {
        COLUMNS.choose(&self.columns)?;
        context.vhost().map(drop)
    }

    fn banner(&self, context: &Context) -> Option<String> {
        Some(format!("Listing exchanges for vhost {} ...", context.vhost_label()))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let columns = COLUMNS.choose(&self.columns)?;
        let exchanges = context.list_in_vhost(|vhost| exchanges::ListVhost { vhost }, &columns.query(&[]))?;
        Ok(Output::Rows(columns.rows(&exchanges)))
    }
}
