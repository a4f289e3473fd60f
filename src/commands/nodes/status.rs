//! `status`

use std::time::Duration;

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::report::{self, Unit};
use crate::command::Run;
use crate::context::Context;
use crate::failure::{Failure, Kind, Result};
use crate::output::Output;

/// Shows what a node is, what it holds, and what it listens on
#[derive(Debug, Args)]
pub struct Status {
    /// Unit of sizes
    #[arg(long, default_value = "gb", ignore_case = true, value_parser = PossibleValuesParser::new(Unit::NAMES))]
    unit: String,
}

impl Run for Status {
    fn check(&self, context: &Context) -> Result<()> {
        context.node_status().map(drop)
    }

    fn banner(&self, context: &Context) -> Option<String> {
        Some(format!("Status of node {} ...", context.node_label()))
    }

    fn default_timeout(&self) -> Option<Duration> {
        Some(Duration::from_secs(60))
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let status = context.node_status()?;
        if !status.app_running {
            return Err(Failure::new(
                Kind::AppStopped,
                "this command requires the 'rabbit' app to be running on the target node. Start it with 'warrenctl start_app'.",
            ));
        }
        let unit = Unit::named(&self.unit);
        Ok(Output::Record { text: report::text(status, &unit), json: report::json(status) })
    }
}
