//! `add_vhost`

use clap::Args;
use clap::builder::PossibleValuesParser;
use warren_api::Tags;
use warren_api::vhosts::{self, PutVHost};

use crate::command::Run;
use crate::context::Context;
use crate::failure::{Failure, Kind, Result};
use crate::output::Output;

/// Creates a virtual host; one that exists is left as it is
#[derive(Debug, Args)]
pub struct AddVhost {
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
}

impl Run for AddVhost {
    fn check(&self, _: &Context) -> Result<()> {
        if self.name.is_empty() {
            return Err(Failure::new(
                Kind::Data,
                "Bad argument: virtual host name cannot be an empty string",
            ));
        }
        Ok(())
    }

    fn banner(&self, _: &Context) -> Option<String> {
        Some(format!("Adding vhost \"{}\" ...", self.name))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let body = PutVHost {
            description: self.description.clone(),
            tags: self.tags.as_deref().map(Tags::from_comma_list),
            default_queue_type: self.default_queue_type.clone(),
            protected_from_deletion: None,
            tracing: None,
        };
        context.client()?.send(vhosts::Put { vhost: &self.name }, &body)?;
        Ok(Output::Done)
    }
}
