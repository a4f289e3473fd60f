//! `list_user_topic_permissions`

use clap::Args;
use serde_json::Value;
use warren_api::topic_permissions;

use crate::command::columns::{ColumnSet, same};
use crate::command::{Run, missing};
use crate::context::Context;
use crate::failure::Result;
use crate::output::{Output, Rows};

static COLUMNS: ColumnSet = ColumnSet {
    all: &[same("vhost"), same("exchange"), same("write"), same("read")],
    default: &["vhost", "exchange", "write", "read"],
};

/// Lists which routing keys a user may use at topic exchanges of each virtual host
#[derive(Debug, Args)]
pub struct ListUserTopicPermissions {
    /// Name of the user
    username: String,
}

impl Run for ListUserTopicPermissions {
    fn banner(&self, _: &Context) -> Option<String> {
        Some(format!("Listing topic permissions for user \"{}\" ...", self.username))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let columns = COLUMNS.choose(&[])?;
        let answer = context
            .client()?
            .call_with(topic_permissions::OfUser { user: &self.username }, &columns.query(&[]));
        let permissions: Vec<Value> = match answer {
            Err(error) if error.is_not_found() => return Err(missing::no_such_user(&self.username)),
            answer => answer?,
        };
        Ok(Output::Rows(Rows { empty_line: true, no_header: true, ..columns.rows(&permissions) }))
    }
}
