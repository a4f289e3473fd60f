//! `clear_vhost_limits`

use clap::Args;
use warren_api::parameters;

use super::set_vhost::names::{COMPONENT, NAME};
use crate::commands::{Run, missing};
use crate::context::Context;
use crate::failure::Result;
use crate::output::Output;

/// Takes all limits of a virtual host away
#[derive(Debug, Args)]
pub struct ClearVhostLimits {}

impl Run for ClearVhostLimits {
    fn banner(&self, context: &Context) -> Result<Option<String>> {
        Ok(Some(format!("Clearing vhost \"{}\" limits ...", context.vhost()?)))
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
