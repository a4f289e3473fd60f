//! `start_app`

use clap::Args;
use warren_api::warren;

use crate::commands::Run;
use crate::context::Context;
use crate::failure::Result;
use crate::output::Output;

/// Starts the app again after stop_app
#[derive(Debug, Args)]
pub struct StartApp {}

impl Run for StartApp {
    fn banner(&self, context: &Context) -> Result<Option<String>> {
        Ok(Some(format!("Starting node {} ...", context.node_status()?.node)))
    }

    fn announces_at_once(&self) -> bool {
        true
    }

    fn run(&self, context: &Context) -> Result<Output> {
        context.client()?.call(warren::StartApp)?;
        Ok(Output::Done)
    }
}
