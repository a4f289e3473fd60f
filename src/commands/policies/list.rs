//! `list_policies`

use clap::Args;
use serde_json::Value;
use warren_api::declaration::{Endpoint, ListQuery};
use warren_api::policies::{self, Policy};

use crate::command::columns::{ColumnSet, same};
use crate::command::{Run, document, missing};
use crate::context::Context;
use crate::failure::Result;
use crate::output::{Output, Rows};

static COLUMNS: ColumnSet = ColumnSet {
    all: &[
        same("vhost"),
        same("name"),
        same("pattern"),
        same("apply-to"),
        same("definition"),
        same("priority"),
    ],
    default: &["vhost", "name", "pattern", "apply-to", "definition", "priority"],
};

/// Lists the policies of a virtual host
#[derive(Debug, Args)]
pub struct ListPolicies {}

impl Run for ListPolicies {
    fn check(&self, context: &Context) -> Result<()> {
        context.vhost().map(drop)
    }

    fn banner(&self, context: &Context) -> Option<String> {
        Some(format!("Listing policies for vhost \"{}\" ...", context.vhost_label()))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        list(|vhost| policies::ListVhost { vhost }, context)
    }
}

/// The table of policies that an endpoint lists.
pub(super) fn list<E: Endpoint<Query = ListQuery, Body = (), Answer = Vec<Policy>>>(
    endpoint: impl FnOnce(String) -> E,
    context: &Context,
) -> Result<Output> {
    let columns = COLUMNS.choose(&[])?;
    let vhost = context.vhost()?;
    let mut policies: Vec<Value> =
        match context.client()?.call_with(endpoint(vhost.clone()), &columns.query(&[])) {
            Err(error) if error.is_not_found() => return Err(missing::no_vhost(&vhost)),
            answer => answer?,
        };
    document::as_text(&mut policies, &["definition"]);
    Ok(Output::Rows(Rows { empty_line: true, ..columns.rows(&policies) }))
}
