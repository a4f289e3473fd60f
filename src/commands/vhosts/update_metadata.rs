//! `update_vhost_metadata`

use clap::Args;
use clap::builder::PossibleValuesParser;
use warren_api::Tags;
use warren_api::vhosts::{self, PutVHost};

use crate::command::{Run, missing};
use crate::context::Context;
use crate::failure::{Failure, Kind, Result};
use crate::output::Output;

/// Changes what is known about a virtual host; what is not given stays as it is
#[derive(Debug, Args)]
pub struct UpdateVhostMetadata {
    /// Name of the virtual host
    #[arg(value_name = "VHOST")]
    name: String,
    /// A sentence about it
    #[arg(short, long)]
    description: Option<String>,
    /// Tags, separated by commas
    #[arg(long)]
    tags: Option<String>,
    /// Type of queues that are declared without one
    #[arg(long, value_name = "TYPE", value_parser = PossibleValuesParser::new(["classic", "quorum", "stream"]))]
    default_queue_type: Option<String>,
    /// Whether it cannot be deleted
    #[arg(long, value_name = "BOOLEAN")]
    protected_from_deletion: Option<bool>,
}

impl Run for UpdateVhostMetadata {
    fn check(&self, _: &Context) -> Result<()> {
        let Self { description, tags, default_queue_type, protected_from_deletion, .. } = self;
        let nothing = description.is_none() && tags.is_none() && default_queue_type.is_none();
        if nothing && protected_from_deletion.is_none() {
            return Err(Failure::new(Kind::Usage, "not enough arguments.").with_hint(
                "Give at least one of --description, --tags, --default-queue-type, --protected-from-deletion.",
            ));
        }
        Ok(())
    }

    fn banner(&self, _: &Context) -> Option<String> {
        Some(format!("Updating metadata of vhost \"{}\" ...", self.name))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let client = context.client()?;
        // PUT would make one that is not there.
        match client.call(vhosts::Get { vhost: &self.name }) {
            Err(error) if error.is_not_found() => return Err(missing::no_vhost(&self.name)),
            answer => drop(answer?),
        }
        let body = PutVHost {
            description: self.description.clone(),
            tags: self.tags.as_deref().map(Tags::from_comma_list),
            default_queue_type: self.default_queue_type.clone(),
            protected_from_deletion: self.protected_from_deletion,
            tracing: None,
        };
        client.send(vhosts::Put { vhost: &self.name }, &body)?;
        Ok(Output::Done)
    }
}
