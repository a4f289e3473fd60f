//! `start_app`

use clap::Args;
use warren_api::warren;

use crate::command::Run;
use crate::context::Context;
use crate::failure::Result;
use crate::output::Output;

/// Starts the app again after stop_app
#[derive(Debug, Args)]
pub struct StartApp {}

impl Run for StartApp {
    fn check(&self, context: &Context) -> Result<()> {
        context.node_status().map(drop)
    }

    fn banner(&self, context: &Context) -> Option<String> {
        Some(format!("Starting node {} ...", context.node_label()))
    }

    fn announces_at_once(&self) -> bool {
        true
    }

    fn run(&self, context: &Context) -> Result<Output> {
        context.client()?.call(warren::StartApp)?;
        Ok(Output::Done)
    }
}
