//! `set_vm_memory_high_watermark`

use clap::Args;
use warren_api::warren::{AlarmLimits, Watermark};

use super::watermark;
use crate::command::Run;
use crate::context::Context;
use crate::failure::Result;
use crate::output::Output;

/// Sets how much memory the node may take before publishers are held back
///
/// It holds until the node ends; after that, what the configuration says.
#[derive(Debug, Args)]
pub struct SetVmMemoryHighWatermark {
    /// Part of the machine's memory, from 0 to 1, or the word absolute
    #[arg(value_name = "FRACTION|absolute", allow_negative_numbers = true)]
    limit: String,
    /// After absolute: bytes, or a number with a unit, such as 1GB
    #[arg(value_name = "AMOUNT", required_if_eq("limit", "absolute"))]
    amount: Option<String>,
}

impl Run for SetVmMemoryHighWatermark {
    fn check(&self, context: &Context) -> Result<()> {
        context.node_status().map(drop)
    }

    fn banner(&self, context: &Context) -> Option<String> {
        let node = context.node_label();
        Some(match &self.amount {
            Some(amount) => format!("Setting memory threshold on {node} to {amount} bytes ..."),
            None => format!("Setting memory threshold on {node} to {} ...", self.limit),
        })
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let limit = match (self.limit.as_str(), &self.amount) {
            ("absolute", Some(amount)) => Watermark::Absolute(amount.clone()),
            (fraction, None) => Watermark::Relative(fraction.to_owned()),
            (word, Some(_)) => return Err(watermark::unknown(word, "absolute")),
        };
        watermark::put(
            context,
            &AlarmLimits { vm_memory_high_watermark: Some(limit), ..AlarmLimits::default() },
        )
    }
}
