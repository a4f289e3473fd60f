//! `delete_user`

use clap::Args;
use warren_api::users;

use crate::command::{Run, missing};
use crate::context::Context;
use crate::failure::Result;
use crate::output::Output;

/// Deletes a user with all its permissions
#[derive(Debug, Args)]
pub struct DeleteUser {
    /// Name of the user
    username: String,
}

impl Run for DeleteUser {
    fn banner(&self, _: &Context) -> Option<String> {
        Some(format!("Deleting user \"{}\" ...", self.username))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        match context.client()?.call(users::Delete { user: &self.username }) {
            Ok(()) => Ok(Output::Done),
            Err(error) if error.is_not_found() => Err(missing::no_user(&self.username)),
            Err(error) => Err(error.into()),
        }
    }
}
