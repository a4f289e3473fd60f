//! `list_deprecated_features`

use clap::Args;
use serde_json::Value;
use warren_api::deprecated_features;

use crate::command::Run;
use crate::command::columns::{ColumnSet, columns_of, same};
use crate::context::Context;
use crate::failure::Result;
use crate::output::{Output, Rows};

static COLUMNS: ColumnSet = ColumnSet {
    all: &[
        same("name"),
        same("deprecation_phase"),
        same("state"),
        same("provided_by"),
        same("desc"),
        same("doc_url"),
    ],
    default: &["name", "deprecation_phase", "state"],
};

/// Lists deprecated features, and whether they may be used
#[derive(Debug, Args)]
pub struct ListDeprecatedFeatures {
    /// Only those that are in use now
    #[arg(long)]
    used: bool,
    /// Columns to show [default: name deprecation_phase state]
    #[arg(value_name = "COLUMN", value_parser = columns_of(&COLUMNS))]
    columns: Vec<String>,
}

impl Run for ListDeprecatedFeatures {
    fn check(&self, _: &Context) -> Result<()> {
        COLUMNS.choose(&self.columns).map(drop)
    }

    fn banner(&self, _: &Context) -> Option<String> {
        Some(format!("Listing deprecated features{} ...", if self.used { " in use" } else { "" }))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let columns = COLUMNS.choose(&self.columns)?;
        let (client, query) = (context.client()?, columns.query(&[]));
        let features: Vec<Value> = match self.used {
            true => client.call_with(deprecated_features::ListUsed, &query)?,
            false => client.call_with(deprecated_features::List, &query)?,
        };
        Ok(Output::Rows(Rows { empty_line: true, ..columns.rows(&features) }))
    }
}
