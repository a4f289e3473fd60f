//! `clear_topic_permissions`

use clap::Args;
use warren_api::topic_permissions;

use crate::command::{Run, missing};
use crate::context::Context;
use crate::failure::Result;
use crate::output::Output;

/// Takes topic permissions of a user away, at one exchange or at all
#[derive(Debug, Args)]
pub struct ClearTopicPermissions {
    /// Name of the user
    username: String,
    /// Name of the exchange
    exchange: Option<String>,
}

impl Run for ClearTopicPermissions {
    fn check(&self, context: &Context) -> Result<()> {
        context.vhost().map(drop)
    }

    fn banner(&self, context: &Context) -> Option<String> {
        let (Self { username, exchange }, vhost) = (self, context.vhost_label());
        let at = exchange.as_ref().map(|exchange| format!("on \"{exchange}\" ")).unwrap_or_default();
        Some(format!("Clearing topic permissions {at}for user \"{username}\" in vhost \"{vhost}\" ..."))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let client = context.client()?;
        let vhost = context.vhost()?;
        let answer = match &self.exchange {
            Some(exchange) => client.call(topic_permissions::DeleteExchange {
                vhost: &vhost,
                user: &self.username,
                exchange,
            }),
            None => client.call(topic_permissions::Delete { vhost: &vhost, user: &self.username }),
        };
        match answer {
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
