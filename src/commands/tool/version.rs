//! `version`

use clap::Args;
use serde_json::json;

use crate::command::Run;
use crate::context::Context;
use crate::failure::Result;
use crate::output::Output;

/// Prints the version of this tool
#[derive(Debug, Args)]
pub struct Version {}

impl Run for Version {
    fn run(&self, _: &Context) -> Result<Output> {
        let version = env!("CARGO_PKG_VERSION");
        Ok(Output::Record {
            text: version.to_owned(),
            json: json!({ "result": "ok", "value": { "version": version } }),
        })
    }
}
