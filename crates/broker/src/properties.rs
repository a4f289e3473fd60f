//! What the properties of a published message may say: whose it is, how long it lives, and where it goes.

use warren_protocol::properties::RawProperties;

use crate::actor::Actor;
use crate::copies;
use crate::error::Error;
use crate::message::Message;

/// Tag of users who may publish in another's name.
const IMPERSONATOR: &str = "impersonator";
/// The longest time to live, in milliseconds: what an Erlang timer takes, so that values that RabbitMQ refuses are refused.
const MAX_EXPIRATION: u64 = u32::MAX as u64;
/// Flags of `expiration`, in the first octet of the properties, and of `user_id`, in the second.
const EXPIRATION: u8 = 1;
const USER_ID: u8 = 1 << 4;

/// Checks one message (RabbitMQ, validated user-id; per-message TTL).
///
/// # Errors
/// `PRECONDITION_FAILED` for a `user_id` that is not the publisher's, unless the publisher has the tag `impersonator`, and for an
/// `expiration` that is not a number of milliseconds, and for headers `CC` and `BCC` that are no arrays.
#[inline]
pub(crate) fn check(actor: &Actor, message: &Message<'_>) -> Result<(), Error> {
    if copies::may_have(message) {
        copies::keys(message)?;
    }
    match message.properties {
        [first, second, ..] if first & EXPIRATION != 0 || second & USER_ID != 0 => {
            check_values(actor, message)
        }
        _ => Ok(()),
    }
}

#[cold]
fn check_values(actor: &Actor, message: &Message<'_>) -> Result<(), Error> {
    let properties = RawProperties::new(message.properties);
    if let Some(expiration) = properties.expiration() {
        let text = String::from_utf8_lossy(expiration);
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let value = text.parse::<u64>().ok().filter(|_| digits);
        match value {
            None => return Err(Error::invalid_expiration(&text, "not a number of milliseconds")),
            Some(value) if value > MAX_EXPIRATION => {
                return Err(Error::invalid_expiration(
                    &text,
                    &format!("above the maximum of {MAX_EXPIRATION}"),
                ));
            }
            Some(_) => {}
        }
    }
    if let Some(user_id) = properties.user_id() {
        let user = actor.user();
        let impersonator = || actor.broker().users.get(user).is_ok_and(|user| user.has_tag(IMPERSONATOR));
        if user_id != user.as_bytes() && !impersonator() {
            return Err(Error::user_id_mismatch(&String::from_utf8_lossy(user_id), user));
        }
    }
    Ok(())
}
