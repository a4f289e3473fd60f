//! `set_topic_permissions`

use clap::Args;
use warren_api::topic_permissions::{self, PutTopicPermission};

use crate::command::{Run, missing};
use crate::context::Context;
use crate::failure::Result;
use crate::output::Output;

/// Sets which routing keys a user may use at a topic exchange
///
/// Each right is a regular expression over routing keys; an empty one allows nothing. {username} and {vhost} stand for
/// the names.
#[derive(Debug, Args)]
pub struct SetTopicPermissions {
    /// Name of the user
    username: String,
    /// Name of the exchange
    exchange: String,
    /// Routing keys that it may publish with
    write: String,
    /// Keys that it may bind with
    read: String,
}

impl Run for SetTopicPermissions {
    fn check(&self, context: &Context) -> Result<()> {
        context.vhost().map(drop)
    }

    fn banner(&self, context: &Context) -> Option<String> {
        let (Self { username, exchange, .. }, vhost) = (self, context.vhost_label());
        Some(format!(
            "Setting topic permissions on \"{exchange}\" for user \"{username}\" in vhost \"{vhost}\" ..."
        ))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let client = context.client()?;
        let vhost = context.vhost()?;
        let body = PutTopicPermission {
            exchange: self.exchange.clone(),
            write: self.write.clone(),
            read: self.read.clone(),
        };
        let answer = client.send(topic_permissions::Put { vhost: &vhost, user: &self.username }, &body);
        if matches!(&answer, Err(error) if error.status() == Some(400)) {
            missing::check_user(client, &self.username)?;
            missing::check_vhost(client, &vhost)?;
            missing::check_exchange(client, &vhost, &self.exchange)?;
        }
        missing::user_or_vhost(client, answer, &self.username, &vhost)
    }
}
