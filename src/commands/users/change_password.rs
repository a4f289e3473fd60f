//! `change_password`

use clap::Args;
use warren_api::users;

use super::add::with_password;
use crate::command::{Run, missing};
use crate::context::Context;
use crate::failure::{Kind, Result};
use crate::output::Output;
use crate::password;

/// Changes the password of a user
#[derive(Debug, Args)]
pub struct ChangePassword {
    /// Name of the user
    username: String,
    /// The new password; left out, it is asked for on the terminal, or read as one line from standard input
    password: Option<String>,
}

impl Run for ChangePassword {
    fn banner(&self, _: &Context) -> Option<String> {
        Some(format!("Changing password for user \"{}\" ...", self.username))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let client = context.client()?;
        let user = match client.call(users::Get { user: &self.username }) {
            Err(error) if error.is_not_found() => return Err(missing::no_user(&self.username)),
            answer => answer?,
        };
        let secret = password::obtain(context, self.password.as_deref(), "Password: ", Kind::Internal)?;
        client.send(users::Put { user: &self.username }, &with_password(secret, user.tags))?;
        Ok(Output::Done)
    }
}
