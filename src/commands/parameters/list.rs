//! `list_parameters`

use clap::Args;
use serde_json::Value;
use warren_api::{parameters, policies};

use crate::command::columns::{ColumnSet, same};
use crate::command::{Run, document, missing};
use crate::context::Context;
use crate::failure::Result;
use crate::output::{Output, Rows};

static COLUMNS: ColumnSet = ColumnSet {
    all: &[same("component"), same("name"), same("value")],
    default: &["component", "name", "value"],
};

/// Lists the runtime parameters of a virtual host
#[derive(Debug, Args)]
pub struct ListParameters {}

impl Run for ListParameters {
    fn check(&self, context: &Context) -> Result<()> {
        context.vhost().map(drop)
    }

    fn banner(&self, context: &Context) -> Option<String> {
        Some(format!("Listing runtime parameters for vhost \"{}\" ...", context.vhost_label()))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let columns = COLUMNS.choose(&[])?;
        let (client, vhost) = (context.client()?, context.vhost()?);
        let mut parameters: Vec<Value> = client.call_with(parameters::List, &columns.query(&["vhost"]))?;
        parameters.retain(|parameter| parameter["vhost"].as_str() == Some(&vhost));
        if parameters.is_empty() {
            // There is no list of one vhost that would say whether it exists; that of its policies does.
            let answer: std::result::Result<Vec<Value>, _> =
                client.call_with(policies::ListVhost { vhost: &vhost }, &columns.query(&[]));
            match answer {
                Err(error) if error.is_not_found() => return Err(missing::no_vhost(&vhost)),
                answer => drop(answer?),
            }
        }
        document::as_text(&mut parameters, &["value"]);
        Ok(Output::Rows(Rows { empty_line: true, ..columns.rows(&parameters) }))
    }
}
