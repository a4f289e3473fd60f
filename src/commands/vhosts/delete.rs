//! `delete_vhost`

use clap::Args;
use warren_api::vhosts;

use crate::command::{Run, missing};
use crate::context::Context;
use crate::failure::{Failure, Kind, Result};
use crate::output::Output;

/// Deletes a virtual host with all its exchanges, queues, bindings and permissions
#[derive(Debug, Args)]
pub struct DeleteVhost {
    /// Name of the virtual host
    #[arg(value_name = "VHOST")]
    name: String,
}

impl Run for DeleteVhost {
    fn banner(&self, _: &Context) -> Option<String> {
        Some(format!("Deleting vhost \"{}\" ...", self.name))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        match context.client()?.call(vhosts::Delete { vhost: &self.name }) {
            Ok(()) => Ok(Output::Done),
            Err(error) if error.is_not_found() => Err(missing::no_vhost(&self.name)),
            Err(error) if error.status() == Some(412) => Err(Failure::new(
                Kind::Data,
                "Cannot delete this virtual host: it is protected from deletion. To lift the protection, inspect and \
                 update its metadata",
            )),
            Err(error) => Err(error.into()),
        }
    }
}
