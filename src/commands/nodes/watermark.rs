//! What the commands about limits of memory and disk share.

use warren_api::warren::{self, AlarmLimits};

use crate::context::Context;
use crate::failure::{Failure, Kind, Result};
use crate::output::Output;

/// Sets the limits; a value that is none is wrong input.
pub(super) fn put(context: &Context, limits: &AlarmLimits) -> Result<Output> {
    match context.client()?.send(warren::PutAlarms, limits) {
        Ok(()) => Ok(Output::Done),
        Err(crate::client::ClientError::Refused { status: 400, error }) => {
            Err(Failure::new(Kind::Data, error.reason_text()))
        }
        Err(error) => Err(error.into()),
    }
}

/// The first of two arguments can only be that word.
pub(super) fn unknown(word: &str, instead: &str) -> Failure {
    Failure::new(Kind::Data, format!("'{word}' is not {instead}"))
}
