//! `list_topic_permissions`

use clap::Args;
use serde_json::Value;
use warren_api::topic_permissions;

use crate::command::columns::{ColumnSet, same};
use crate::command::{Run, missing};
use crate::context::Context;
use crate::failure::Result;
use crate::output::{Output, Rows};

static COLUMNS: ColumnSet = ColumnSet {
    all: &[same("user"), same("exchange"), same("write"), same("read")],
    default: &["user", "exchange", "write", "read"],
};

/// Lists which routing keys each user may use at topic exchanges of a virtual host
#[derive(Debug, Args)]
pub struct ListTopicPermissions {}

impl Run for ListTopicPermissions {
    fn check(&self, context: &Context) -> Result<()> {
        context.vhost().map(drop)
    }

    fn banner(&self, context: &Context) -> Option<String> {
        Some(format!("Listing topic permissions for vhost \"{}\" ...", context.vhost_label()))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let columns = COLUMNS.choose(&[])?;
        let vhost = context.vhost()?;
        let answer =
            context.client()?.call_with(topic_permissions::OfVhost { vhost: &vhost }, &columns.query(&[]));
        let permissions: Vec<Value> = match answer {
            Err(error) if error.is_not_found() => return Err(missing::no_vhost(&vhost)),
            answer => answer?,
        };
        Ok(Output::Rows(Rows { empty_line: true, ..columns.rows(&permissions) }))
    }
}
