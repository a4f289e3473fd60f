//! `set_parameter`

use clap::Args;
use warren_api::parameters::{self, PutParameter};

use crate::command::{Run, document, missing};
use crate::context::Context;
use crate::failure::Result;
use crate::output::Output;

/// Sets a runtime parameter of a virtual host
#[derive(Debug, Args)]
pub struct SetParameter {
    /// Part of the node that acts upon it, such as vhost-limits
    component_name: String,
    /// Name of the parameter
    name: String,
    /// Its value, as JSON
    value: String,
}

impl Run for SetParameter {
    fn check(&self, context: &Context) -> Result<()> {
        context.vhost().map(drop)
    }

    fn banner(&self, context: &Context) -> Option<String> {
        let (Self { component_name, name, value }, vhost) = (self, context.vhost_label());
        Some(format!(
            "Setting runtime parameter \"{name}\" for component \"{component_name}\" to \"{value}\" in vhost \
             \"{vhost}\" ..."
        ))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let body = PutParameter { value: document::parse(&self.value)? };
        let vhost = context.vhost()?;
        match context
            .client()?
            .send(parameters::Put { component: &self.component_name, vhost: &vhost, name: &self.name }, &body)
        {
            Ok(()) => Ok(Output::Done),
            Err(error) if error.is_not_found() => Err(missing::no_vhost(&vhost)),
            Err(error) => Err(error.into()),
        }
    }
}
