//! `set_permissions`

use clap::Args;
use warren_api::permissions::{self, PutPermission};

use crate::command::{Run, missing};
use crate::context::Context;
use crate::failure::Result;
use crate::output::Output;

/// Sets what a user may do in a virtual host
///
/// Each right is a regular expression over the names of exchanges and queues; an empty one allows nothing.
#[derive(Debug, Args)]
pub struct SetPermissions {
    /// Name of the user
    username: String,
    /// Names that it may create and delete
    #[arg(value_name = "CONF")]
    configure: String,
    /// Names that it may publish to and bind into
    write: String,
    /// Names that it may consume, get, purge and bind from
    read: String,
}

impl Run for SetPermissions {
    fn check(&self, context: &Context) -> Result<()> {
        context.vhost().map(drop)
    }

    fn banner(&self, context: &Context) -> Option<String> {
        let vhost = context.vhost_label();
        Some(format!("Setting permissions for user \"{}\" in vhost \"{vhost}\" ...", self.username))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let client = context.client()?;
        let vhost = context.vhost()?;
        let body = PutPermission {
            configure: self.configure.clone(),
            write: self.write.clone(),
            read: self.read.clone(),
        };
        let answer = client.send(permissions::Put { vhost: &vhost, user: &self.username }, &body);
        missing::user_or_vhost(client, answer, &self.username, &vhost)
    }
}
