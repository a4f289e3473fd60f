//! Names: AMQP's short strings.

use warren_model::error::Error;

/// The longest name, in octets.
const LONGEST: usize = 255;

/// Checks a name; `what` is whose: `a queue`.
///
/// # Errors
/// `PRECONDITION_FAILED` for one that is empty or too long.
pub(super) fn check(what: &str, name: &str) -> Result<(), Error> {
    match name.len() {
        1..=LONGEST => Ok(()),
        _ => Err(Error::PreconditionFailed(format!("{what}'s name has 1 to {LONGEST} bytes"))),
    }
}

/// Checks a routing key, which may be empty.
///
/// # Errors
/// `PRECONDITION_FAILED` for one that is too long.
pub(super) fn check_routing_key(key: &str) -> Result<(), Error> {
    match key.len() {
        0..=LONGEST => Ok(()),
        _ => Err(Error::PreconditionFailed(format!("the routing key has more than {LONGEST} bytes"))),
    }
}
