//! `list_vhost_limits`

use clap::Args;
use serde_json::{Value, json};
use warren_api::limits;

use crate::command::columns::{ColumnSet, at, same};
use crate::command::{Run, document, missing};
use crate::context::Context;
use crate::failure::Result;
use crate::output::{Formatter, Output, Rows};

static COLUMNS: ColumnSet =
    ColumnSet { all: &[same("vhost"), at("limits", "value")], default: &["vhost", "limits"] };

/// Shows the limits of a virtual host, or of all
#[derive(Debug, Args)]
pub struct ListVhostLimits {
    /// Limits of all virtual hosts that have any
    #[arg(long)]
    global: bool,
}

impl Run for ListVhostLimits {
    fn check(&self, context: &Context) -> Result<()> {
        if self.global { Ok(()) } else { context.vhost().map(drop) }
    }

    fn banner(&self, context: &Context) -> Option<String> {
        Some(match self.global {
            true => "Listing limits for all vhosts ...".into(),
            false => format!("Listing limits for vhost \"{}\" ...", context.vhost_label()),
        })
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let columns = COLUMNS.choose(&[])?;
        let client = context.client()?;
        if self.global {
            let mut limits: Vec<Value> = client.call_with(limits::ListVhosts, &columns.query(&[]))?;
            document::as_text(&mut limits, &["value"]);
            return Ok(Output::Rows(Rows { empty_line: true, ..columns.rows(&limits) }));
        }
        let vhost = context.vhost()?;
        let mut limits: Vec<Value> =
            match client.call_with(limits::OfVhost { vhost: &vhost }, &columns.query(&[])) {
                Err(error) if error.is_not_found() => return Err(missing::no_vhost(&vhost)),
                answer => answer?,
            };
        document::as_text(&mut limits, &["value"]);
        let value = limits.first().and_then(|limits| limits["value"].as_str()).unwrap_or_default();
        if context.style().formatter != Formatter::Json {
            return Ok(Output::Message(value.to_owned()));
        }
        let json = json!({"node": context.node_label(), "result": "ok", "value": value});
        Ok(Output::Record { text: value.to_owned(), json })
    }
}
