//! What the properties of a published message may say: whose it is, how long it lives, and where it goes.

use warren_model::properties::{RawProperties, flags, peek_flags};

use crate::principal::Principal;
use crate::queues::arguments::MAX_MILLISECONDS;
use warren_model::error::Error;
use warren_model::message::Message;
use warren_model::message::cc_bcc;

/// Tag of users who may publish in another's name.
const IMPERSONATOR: &str = "impersonator";
/// The properties that the broker checks.
const CHECKED: u16 = flags::EXPIRATION | flags::USER_ID;
/// The properties that it heeds on the way to the queues.
const HEEDED: u16 = CHECKED | flags::HEADERS | flags::REPLY_TO;

/// Whether a message has none of the properties that the broker heeds on the way to the queues: there is nothing to check, and its
/// routing key is all that it goes by.
#[inline]
pub(crate) fn are_plain(message: &Message<'_>) -> bool {
    peek_flags(message.properties) & HEEDED == 0
}

/// Checks one message (RabbitMQ, validated user-id; per-message TTL; sender-selected distribution). The value tells whether it
/// may have more routing keys than its own.
///
/// # Errors
/// `PRECONDITION_FAILED` for a `user_id` that is not the publisher's, unless the publisher has the tag `impersonator`, and for an
/// `expiration` that is not a number of milliseconds, and for headers `CC` and `BCC` that are no arrays. `ACCESS_REFUSED` for keys in
/// those without topic permission.
#[inline]
pub(crate) fn check(principal: &Principal, message: &Message<'_>) -> Result<bool, Error> {
    let copied = cc_bcc::may_have(message);
    if copied {
        check_copies(principal, message)?;
    }
    if peek_flags(message.properties) & CHECKED != 0 {
        check_values(principal, message)?;
    }
    Ok(copied)
}

#[cold]
fn check_copies(principal: &Principal, message: &Message<'_>) -> Result<(), Error> {
    cc_bcc::of(message)?.keys().try_for_each(|key| principal.check_topic(message.exchange, key))
}

#[cold]
fn check_values(principal: &Principal, message: &Message<'_>) -> Result<(), Error> {
    let properties = RawProperties::new(message.properties);
    if let Some(expiration) = properties.expiration() {
        let text = String::from_utf8_lossy(expiration);
        check_expiration(&text).map_err(|why| Error::invalid_expiration(&text, &why))?;
    }
    if let Some(user_id) = properties.user_id() {
        let user = principal.user();
        let impersonator = || principal.broker().users.get(user).is_ok_and(|user| user.has_tag(IMPERSONATOR));
        if user_id != user.as_bytes() && !impersonator() {
            return Err(Error::user_id_mismatch(&String::from_utf8_lossy(user_id), user));
        }
    }
    Ok(())
}

/// What is wrong with an expiration, as RabbitMQ says it.
fn check_expiration(text: &str) -> Result<(), String> {
    let (sign, unsigned) = if let Some(rest) = text.strip_prefix('-') { ("-", rest) } else { ("", text) };
    let length = unsigned.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = unsigned.split_at(length);
    match number.parse::<i64>() {
        _ if number.is_empty() => Err("no_integer".into()),
        _ if !rest.is_empty() => Err(format!("{{leftover_string,{rest:?}}}")),
        _ if !sign.is_empty() => Err(format!("{{value_negative,-{number}}}")),
        Ok(number) if number <= MAX_MILLISECONDS => Ok(()),
        _ => Err(format!("{{value_too_large,{number}}}")),
    }
}
