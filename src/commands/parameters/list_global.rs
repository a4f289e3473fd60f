//! `list_global_parameters`

use clap::Args;
use serde_json::Value;
use warren_api::parameters;

use crate::command::columns::{ColumnSet, same};
use crate::command::{Run, document};
use crate::context::Context;
use crate::failure::Result;
use crate::output::{Output, Rows};

static COLUMNS: ColumnSet = ColumnSet { all: &[same("name"), same("value")], default: &["name", "value"] };

/// Lists the runtime parameters of the whole cluster
#[derive(Debug, Args)]
pub struct ListGlobalParameters {}

impl Run for ListGlobalParameters {
    fn banner(&self, _: &Context) -> Option<String> {
        Some("Listing global runtime parameters ...".into())
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let columns = COLUMNS.choose(&[])?;
        let mut parameters: Vec<Value> =
            context.client()?.call_with(parameters::ListGlobal, &columns.query(&[]))?;
        document::as_text(&mut parameters, &["value"]);
        Ok(Output::Rows(Rows { empty_line: true, ..columns.rows(&parameters) }))
    }
}
