//! `set_disk_free_limit`

use clap::Args;
use warren_api::warren::{AlarmLimits, Watermark};

use super::watermark;
use crate::command::Run;
use crate::context::Context;
use crate::failure::Result;
use crate::output::Output;

/// Sets how much free disk space there must be for publishers not to be held back
///
/// It holds until the node ends; after that, what the configuration says.
#[derive(Debug, Args)]
pub struct SetDiskFreeLimit {
    /// Bytes, or a number with a unit, such as 1GB, or the word mem_relative
    #[arg(value_name = "AMOUNT|mem_relative", allow_negative_numbers = true)]
    limit: String,
    /// After mem_relative: a multiple of the machine's memory
    #[arg(value_name = "FRACTION", required_if_eq("limit", "mem_relative"), allow_negative_numbers = true)]
    fraction: Option<String>,
}

impl Run for SetDiskFreeLimit {
    fn check(&self, context: &Context) -> Result<()> {
        context.node_status().map(drop)
    }

    fn banner(&self, context: &Context) -> Option<String> {
        let node = context.node_label();
        Some(match &self.fraction {
            Some(fraction) => {
                format!("Setting disk free limit on {node} to {fraction} times the total RAM ...")
            }
            None => format!("Setting disk free limit on {node} to {} bytes ...", self.limit),
        })
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let limit = match (self.limit.as_str(), &self.fraction) {
            ("mem_relative", Some(fraction)) => Watermark::Relative(fraction.clone()),
            (amount, None) => Watermark::Absolute(amount.to_owned()),
            (word, Some(_)) => return Err(watermark::unknown(word, "mem_relative")),
        };
        watermark::put(context, &AlarmLimits { disk_free_limit: Some(limit), ..AlarmLimits::default() })
    }
}
