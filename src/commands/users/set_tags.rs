//! `set_user_tags`

use clap::Args;
use warren_api::users::{self, PutUser};

use crate::command::{Run, missing};
use crate::context::Context;
use crate::failure::Result;
use crate::output::Output;

/// Sets the tags of a user; without tags it takes all away
#[derive(Debug, Args)]
pub struct SetUserTags {
    /// Name of the user
    username: String,
    /// Tags: administrator, monitoring, policymaker, management, or any other word
    #[arg(value_name = "TAG")]
    tags: Vec<String>,
}

impl Run for SetUserTags {
    fn banner(&self, _: &Context) -> Option<String> {
        Some(format!("Setting tags for user \"{}\" to [{}] ...", self.username, self.tags.join(", ")))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let client = context.client()?;
        let user = match client.call(users::Get { user: &self.username }) {
            Err(error) if error.is_not_found() => return Err(missing::no_user(&self.username)),
            answer => answer?,
        };
        let body = PutUser {
            password_hash: Some(user.password_hash),
            hashing_algorithm: user.hashing_algorithm,
            tags: Some(self.tags.iter().collect()),
            ..PutUser::default()
        };
        client.send(users::Put { user: &self.username }, &body)?;
        Ok(Output::Done)
    }
}
