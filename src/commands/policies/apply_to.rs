//! What policies are for, by name.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};

/// Takes any name, because the node knows best which there are; help and completion offer those of today.
#[derive(Clone)]
pub(super) struct ApplyToParser;

const KINDS: [&str; 6] = ["all", "queues", "exchanges", "classic_queues", "quorum_queues", "streams"];

impl TypedValueParser for ApplyToParser {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(KINDS.into_iter().map(PossibleValue::new)))
    }
}
