//! The exchange `x-recent-history`: routes as a fanout exchange does, and gives its last messages to whoever is bound to it
//! (see `history.rs`).

use warren_model::value::FieldTable;

use super::Router;
use super::fanout::Fanout;
use crate::history;
use warren_model::error::Error;

/// A router of that type.
///
/// # Errors
/// `PRECONDITION_FAILED` for a length of the history that is no whole number above zero.
pub(super) fn make(arguments: &FieldTable) -> Result<Box<dyn Router>, Error> {
    history::length(arguments)?;
    Ok(Box::<Fanout>::default())
}
