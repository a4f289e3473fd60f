//! `set_user_limits`

use clap::Args;
use serde_json::Value;
use warren_api::limits::{self, PutLimit};

use crate::command::{Run, document, missing};
use crate::context::Context;
use crate::failure::{Failure, Kind, Result};
use crate::output::Output;

/// Sets limits of a user
///
/// A negative limit is none; 0 permits nothing.
#[derive(Debug, Args)]
pub struct SetUserLimits {
    /// Name of the user
    username: String,
    /// The limits, as JSON: '{"max-connections":3,"max-channels":5}'
    definition: String,
}

impl Run for SetUserLimits {
    fn banner(&self, _: &Context) -> Option<String> {
        Some(format!("Setting user limits to \"{}\" for user \"{}\" ...", self.definition, self.username))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let Value::Object(wanted) = document::parse(&self.definition)? else {
            return Err(Failure::new(
                Kind::Server,
                "limits are a JSON object, such as {\"max-connections\":3}",
            ));
        };
        let mut wanted: Vec<_> = wanted.into_iter().collect();
        // The API takes one limit at a time. One that it will refuse comes first, so that then nothing has changed.
        wanted.sort_by_key(|(name, limit)| limits::USER_LIMITS.contains(&name.as_str()) && limit.is_i64());
        for (name, value) in wanted {
            let body = PutLimit { value };
            match context.client()?.send(limits::PutUser { user: &self.username, limit: &name }, &body) {
                // RabbitMQ says 400 of a missing user too.
                Err(error) if matches!(error.status(), Some(400 | 404)) => {
                    missing::check_limited_user(context.client()?, &self.username)?;
                    return Err(error.into());
                }
                answer => answer?,
            }
        }
        Ok(Output::Done)
    }
}
