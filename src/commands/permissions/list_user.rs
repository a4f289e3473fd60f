//! `list_user_permissions`

use clap::Args;
use serde_json::Value;
use warren_api::users;

use crate::command::Run;
use crate::command::columns::{ColumnSet, same};
use crate::context::Context;
use crate::failure::{Failure, Kind, Result};
use crate::output::{Output, Rows};

static COLUMNS: ColumnSet = ColumnSet {
    all: &[same("vhost"), same("configure"), same("write"), same("read")],
    default: &["vhost", "configure", "write", "read"],
};

/// Lists what a user may do in each virtual host
#[derive(Debug, Args)]
pub struct ListUserPermissions {
    /// Name of the user
    username: String,
}

impl Run for ListUserPermissions {
    fn banner(&self, _: &Context) -> Option<String> {
        Some(format!("Listing permissions for user \"{}\" ...", self.username))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let columns = COLUMNS.choose(&[])?;
        let answer =
            context.client()?.call_with(users::Permissions { user: &self.username }, &columns.query(&[]));
        let permissions: Vec<Value> = match answer {
            Err(error) if error.is_not_found() => {
                return Err(Failure::new(Kind::Server, format!("User \"{}\" does not exist", self.username)));
            }
            answer => answer?,
        };
        Ok(Output::Rows(Rows { empty_line: true, ..columns.rows(&permissions) }))
    }
}
