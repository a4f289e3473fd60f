//! `list_users`

use clap::Args;
use serde_json::Value;
use warren_api::users;

use crate::command::Run;
use crate::command::columns::{ColumnSet, at, same};
use crate::context::Context;
use crate::failure::Result;
use crate::output::{Output, Rows};

static COLUMNS: ColumnSet =
    ColumnSet { all: &[at("user", "name"), same("tags")], default: &["user", "tags"] };

/// Lists the users with their tags
#[derive(Debug, Args)]
pub struct ListUsers {}

impl Run for ListUsers {
    fn banner(&self, _: &Context) -> Option<String> {
        Some("Listing users ...".into())
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let columns = COLUMNS.choose(&[])?;
        let mut users: Vec<Value> = context.client()?.call_with(users::List, &columns.query(&[]))?;
        users.iter_mut().for_each(split_tags);
        Ok(Output::Rows(Rows { empty_line: true, ..columns.rows(&users) }))
    }
}

/// LavinMQ and older RabbitMQ tell the tags as one text with commas.
fn split_tags(user: &mut Value) {
    if let Some(tags @ Value::String(_)) = user.get_mut("tags") {
        let list: warren_api::Tags = serde_json::from_value(tags.take()).unwrap_or_default();
        *tags = list.0.into();
    }
}
