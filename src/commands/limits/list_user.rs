//! `list_user_limits`

use clap::Args;
use serde_json::Value;
use warren_api::limits;

use crate::command::columns::{ColumnSet, at, same};
use crate::command::{Run, document, missing};
use crate::context::Context;
use crate::failure::Result;
use crate::output::{Output, Rows};

static COLUMNS: ColumnSet =
    ColumnSet { all: &[same("user"), at("limits", "value")], default: &["user", "limits"] };

/// Shows the limits of a user, or of all
#[derive(Debug, Args)]
pub struct ListUserLimits {
    /// Name of the user
    #[arg(long, value_name = "USERNAME", default_value = "guest")]
    user: String,
    /// Limits of all users that have any
    #[arg(long)]
    global: bool,
}

impl Run for ListUserLimits {
    fn banner(&self, _: &Context) -> Option<String> {
        Some(match self.global {
            true => "Listing limits for all users ...".into(),
            false => format!("Listing limits for user \"{}\" ...", self.user),
        })
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let columns = COLUMNS.choose(&[])?;
        let client = context.client()?;
        if self.global {
            let mut limits: Vec<Value> = client.call_with(limits::ListUsers, &columns.query(&[]))?;
            document::as_text(&mut limits, &["value"]);
            return Ok(Output::Rows(Rows { empty_line: true, ..columns.rows(&limits) }));
        }
        let mut limits: Vec<Value> =
            match client.call_with(limits::OfUser { user: &self.user }, &columns.query(&[])) {
                Err(error) if error.is_not_found() => return Err(missing::no_such_user(&self.user)),
                answer => answer?,
            };
        document::as_text(&mut limits, &["value"]);
        let value = limits.first().and_then(|limits| limits["value"].as_str()).unwrap_or("{}");
        Ok(Output::Message(value.to_owned()))
    }
}
