//! `clear_operator_policy`

use clap::Args;
use warren_api::policies;

use crate::command::{Run, missing};
use crate::context::Context;
use crate::failure::Result;
use crate::output::Output;

/// Clears an operator policy
#[derive(Debug, Args)]
pub struct ClearOperatorPolicy {
    /// Name of the policy
    name: String,
}

impl Run for ClearOperatorPolicy {
    fn check(&self, context: &Context) -> Result<()> {
        context.vhost().map(drop)
    }

    fn banner(&self, context: &Context) -> Option<String> {
        Some(format!("Clearing operator policy \"{}\" on vhost \"{}\" ...", self.name, context.vhost_label()))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let vhost = context.vhost()?;
        match context.client()?.call(policies::DeleteOperator { vhost: &vhost, policy: &self.name }) {
            Ok(()) => Ok(Output::Done),
            Err(error) if error.is_not_found() => Err(missing::no_parameter()),
            Err(error) => Err(error.into()),
        }
    }
}
