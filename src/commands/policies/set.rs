//! `set_policy`

use clap::Args;
use warren_api::declaration::Endpoint;
use warren_api::policies::{self, PutPolicy};

use super::apply_to::kinds;
use crate::command::{Run, document, missing};
use crate::context::Context;
use crate::failure::Result;
use crate::output::Output;

/// Sets a policy: arguments for all queues and exchanges whose names match
///
/// Of several policies that match a name, the one of the highest priority applies, alone.
#[derive(Debug, Args)]
#[command(after_long_help = super::keys::of_policies())]
pub struct SetPolicy {
    #[command(flatten)]
    pub(super) policy: Definition,
}

/// What a policy is made of, on the command line.
#[derive(Debug, Args)]
pub(super) struct Definition {
    /// Name of the policy
    name: String,
    /// Regular expression over names of queues and exchanges
    pattern: String,
    /// The arguments that it gives, as JSON: '{"message-ttl":60000}'
    definition: String,
    /// The highest one wins
    #[arg(long, value_name = "NUMBER", default_value_t = 0, allow_negative_numbers = true)]
    priority: i64,
    /// What it is for
    #[arg(long, value_name = "KIND", default_value = "all", value_parser = kinds())]
    apply_to: String,
}

impl Definition {
    pub(super) fn banner(&self, what: &str, context: &Context) -> String {
        let Self { name, pattern, definition, priority, .. } = self;
        let vhost = context.vhost_label();
        format!(
            "Setting {what} \"{name}\" for pattern \"{pattern}\" to \"{definition}\" with priority \"{priority}\" \
             for vhost \"{vhost}\" ..."
        )
    }

    pub(super) fn put<E: Endpoint<Query = (), Body = PutPolicy, Answer = ()>>(
        &self,
        endpoint: impl FnOnce(String, String) -> E,
        context: &Context,
    ) -> Result<Output> {
        let body = PutPolicy {
            pattern: self.pattern.clone().into(),
            definition: document::parse(&self.definition)?,
            priority: Some(self.priority.into()),
            apply_to: Some(self.apply_to.clone().into()),
        };
        let vhost = context.vhost()?;
        match context.client()?.send(endpoint(vhost.clone(), self.name.clone()), &body) {
            Ok(()) => Ok(Output::Done),
            Err(error) if error.is_not_found() => Err(missing::no_vhost(&vhost)),
            Err(error) => Err(error.into()),
        }
    }
}

impl Run for SetPolicy {
    fn check(&self, context: &Context) -> Result<()> {
        context.vhost().map(drop)
    }

    fn banner(&self, context: &Context) -> Option<String> {
        Some(self.policy.banner("policy", context))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        self.policy.put(|vhost, policy| policies::Put { vhost, policy }, context)
    }
}
