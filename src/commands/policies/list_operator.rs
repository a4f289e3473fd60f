//! `list_operator_policies`

use clap::Args;
use warren_api::policies;

use super::list::list;
use crate::command::Run;
use crate::context::Context;
use crate::failure::Result;
use crate::output::Output;

/// Lists the operator policies of a virtual host
#[derive(Debug, Args)]
pub struct ListOperatorPolicies {}

impl Run for ListOperatorPolicies {
    fn check(&self, context: &Context) -> Result<()> {
        context.vhost().map(drop)
    }

    fn banner(&self, context: &Context) -> Option<String> {
        Some(format!("Listing operator policy overrides for vhost \"{}\" ...", context.vhost_label()))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        list(|vhost| policies::ListOperatorVhost { vhost }, context)
    }
}
