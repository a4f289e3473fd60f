//! `clear_permissions`

use clap::Args;
use warren_api::permissions;

use crate::command::{Run, missing};
use crate::context::Context;
use crate::failure::Result;
use crate::output::Output;

/// Takes away all that a user may do in a virtual host
#[derive(Debug, Args)]
pub struct ClearPermissions {
    /// Name of the user
    username: String,
}

impl Run for ClearPermissions {
    fn check(&self, context: &Context) -> Result<()> {
        context.vhost().map(drop)
    }

    fn banner(&self, context: &Context) -> Option<String> {
        let vhost = context.vhost_label();
        Some(format!("Clearing permissions for user \"{}\" in vhost \"{vhost}\" ...", self.username))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let client = context.client()?;
        let vhost = context.vhost()?;
        match client.call(permissions::Delete { vhost: &vhost, user: &self.username }) {
            Err(error) if !matches!(error.status(), Some(400 | 404)) => return Err(error.into()),
            Err(_) => {
                // A user that has no permission there has none to lose; only a wrong name is an error.
                missing::check_user(client, &self.username)?;
                missing::check_vhost(client, &vhost)?;
            }
            Ok(()) => {}
        }
        Ok(Output::Done)
    }
}
