//! `set_vhost_limits`

use clap::Args;
use warren_api::parameters::{self, PutParameter};

use crate::command::{Run, document, missing};
use crate::context::Context;
use crate::failure::Result;
use crate::output::Output;
use names::{COMPONENT, NAME};

/// Limits are a parameter of their virtual host, so that all of them are set at once or none is.
pub(super) mod names {
    /// Its component.
    pub const COMPONENT: &str = "vhost-limits";
    /// Its name.
    pub const NAME: &str = "limits";
}

/// Sets the limits of a virtual host, in place of those that it had
///
/// A negative limit is none; 0 permits nothing.
#[derive(Debug, Args)]
pub struct SetVhostLimits {
    /// The limits, as JSON: '{"max-connections":64,"max-queues":100}'
    definition: String,
}

impl Run for SetVhostLimits {
    fn check(&self, context: &Context) -> Result<()> {
        context.vhost().map(drop)
    }

    fn banner(&self, context: &Context) -> Option<String> {
        let vhost = context.vhost_label();
        Some(format!("Setting vhost limits to \"{}\" for vhost \"{vhost}\" ...", self.definition))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let body = PutParameter { value: document::parse(&self.definition)? };
        let vhost = context.vhost()?;
        match context
            .client()?
            .send(parameters::Put { component: COMPONENT, vhost: &vhost, name: NAME }, &body)
        {
            Ok(()) => Ok(Output::Done),
            Err(error) if error.is_not_found() => Err(missing::no_vhost(&vhost)),
            Err(error) => Err(error.into()),
        }
    }
}
