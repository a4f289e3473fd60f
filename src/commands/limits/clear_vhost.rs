//! `clear_vhost_limits`

use clap::Args;
use warren_api::parameters;

use super::set_vhost::names::{COMPONENT, NAME};
use crate::command::{Run, missing};
use crate::context::Context;
use crate::failure::Result;
use crate::output::Output;

/// Takes all limits of a virtual host away
#[derive(Debug, Args)]
pub struct ClearVhostLimits {}

impl Run for ClearVhostLimits {
    fn check(&self, context: &Context) -> Result<()> {
        context.vhost().map(drop)
    }

    fn banner(&self, context: &Context) -> Option<String> {
        Some(format!("Clearing vhost \"{}\" limits ...", context.vhost_label()))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let vhost = context.vhost()?;
        match context.client()?.call(parameters::Delete { component: COMPONENT, vhost: &vhost, name: NAME }) {
            Ok(()) => Ok(Output::Done),
            Err(error) if error.is_not_found() => Err(missing::no_parameter()),
            Err(error) => Err(error.into()),
        }
    }
}
