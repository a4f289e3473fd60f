//! `clear_parameter`

use clap::Args;
use warren_api::parameters;

use crate::command::{Run, missing};
use crate::context::Context;
use crate::failure::Result;
use crate::output::Output;

/// Clears a runtime parameter of a virtual host
#[derive(Debug, Args)]
pub struct ClearParameter {
    /// Part of the node that acts upon it, such as vhost-limits
    component_name: String,
    /// Name of the parameter
    name: String,
}

impl Run for ClearParameter {
    fn check(&self, context: &Context) -> Result<()> {
        context.vhost().map(drop)
    }

    fn banner(&self, context: &Context) -> Option<String> {
        let (Self { component_name, name }, vhost) = (self, context.vhost_label());
        Some(format!(
            "Clearing runtime parameter \"{name}\" for component \"{component_name}\" on vhost \"{vhost}\" ..."
        ))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let vhost = context.vhost()?;
        match context.client()?.call(parameters::Delete {
            component: &self.component_name,
            vhost: &vhost,
            name: &self.name,
        }) {
            Ok(()) => Ok(Output::Done),
            Err(error) if error.is_not_found() => Err(missing::no_parameter()),
            Err(error) => Err(error.into()),
        }
    }
}
