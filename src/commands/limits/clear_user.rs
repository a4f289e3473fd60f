//! `clear_user_limits`

use clap::Args;
use warren_api::limits;

use crate::command::{Run, missing};
use crate::context::Context;
use crate::failure::Result;
use crate::output::Output;

/// Takes a limit of a user away, or all of them
#[derive(Debug, Args)]
pub struct ClearUserLimits {
    /// Name of the user
    username: String,
    /// max-connections, max-channels, or all
    limit_type: String,
}

impl Run for ClearUserLimits {
    fn banner(&self, _: &Context) -> Option<String> {
        let Self { username, limit_type } = self;
        Some(match limit_type.as_str() {
            "all" => format!("Clearing all limits for user \"{username}\" ..."),
            limit => format!("Clearing \"{limit}\" limit for user \"{username}\" ..."),
        })
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let names: &[&str] = match self.limit_type.as_str() {
            "all" => &limits::USER_LIMITS,
            limit => &[limit],
        };
        for name in names {
            match context.client()?.call(limits::DeleteUser { user: self.username.as_str(), limit: name }) {
                Err(error) if error.is_not_found() => return Err(missing::no_such_user(&self.username)),
                answer => answer?,
            }
        }
        Ok(Output::Done)
    }
}
