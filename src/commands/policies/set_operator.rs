//! `set_operator_policy`

use clap::Args;
use warren_api::policies;

use super::set::Definition;
use crate::command::Run;
use crate::context::Context;
use crate::failure::Result;
use crate::output::Output;

/// Sets an operator policy: limits that policies and arguments cannot exceed
///
/// It applies beside a policy. Where both set a number, the smaller one counts.
#[derive(Debug, Args)]
#[command(after_long_help = super::keys::of_operator_policies())]
pub struct SetOperatorPolicy {
    #[command(flatten)]
    policy: Definition,
}

impl Run for SetOperatorPolicy {
    fn check(&self, context: &Context) -> Result<()> {
        context.vhost().map(drop)
    }

    fn banner(&self, context: &Context) -> Option<String> {
        Some(self.policy.banner("operator policy override", context))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        self.policy.put(|vhost, policy| policies::PutOperator { vhost, policy }, context)
    }
}
