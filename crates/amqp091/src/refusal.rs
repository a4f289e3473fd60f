//! How AMQP 0-9-1 says what the broker refuses: reply code, reply text, and what is closed for it.

use warren_model::error::Error;

use crate::constants::ReplyCode;

/// The longest text that fits into `channel.close` and `connection.close`, in octets.
const MAX_REPLY_TEXT: usize = 255;
/// What stands at the end of a text that was cut.
const CUT: &str = "...";

/// What is closed for a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closes {
    /// The channel on which the refused method came (AMQP 0-9-1, soft errors).
    Channel,
    /// The whole connection (AMQP 0-9-1, hard errors).
    Connection,
}

/// The AMQP reply code (AMQP 0-9-1, constants).
pub fn reply_code(error: &Error) -> ReplyCode {
    match error {
        Error::ConnectionForced(_) => ReplyCode::CONNECTION_FORCED,
        Error::AccessRefused(_) | Error::LoginRefused(_) => ReplyCode::ACCESS_REFUSED,
        Error::NotFound(_) => ReplyCode::NOT_FOUND,
        Error::ResourceLocked(_) => ReplyCode::RESOURCE_LOCKED,
        Error::PreconditionFailed(_) | Error::AlreadyExists(_) => ReplyCode::PRECONDITION_FAILED,
        Error::CommandInvalid(_) => ReplyCode::COMMAND_INVALID,
        Error::ResourceError(_) => ReplyCode::RESOURCE_ERROR,
        Error::NotAllowed(_) => ReplyCode::NOT_ALLOWED,
        Error::NotImplemented(_) => ReplyCode::NOT_IMPLEMENTED,
        Error::FeatureDenied(_) | Error::Internal(_) => ReplyCode::INTERNAL_ERROR,
    }
}

/// Whether the channel is closed for it, or the connection. A refused login closes the connection, although its code is a soft one.
pub fn closes(error: &Error) -> Closes {
    match error {
        Error::LoginRefused(_) => Closes::Connection,
        _ if reply_code(error).closes_connection() => Closes::Connection,
        _ => Closes::Channel,
    }
}

/// The text as a close method carries it: at most 255 octets, cut between characters and marked with `...`.
pub fn reply_text(error: &Error) -> String {
    let mut text = error.to_string();
    if text.len() > MAX_REPLY_TEXT {
        text.truncate(text.floor_char_boundary(MAX_REPLY_TEXT - CUT.len()));
        text.push_str(CUT);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_of_each() -> Vec<Error> {
        let reason = || "why".to_owned();
        vec![
            Error::ConnectionForced(reason()),
            Error::AccessRefused(reason()),
            Error::LoginRefused(reason()),
            Error::NotFound(reason()),
            Error::ResourceLocked(reason()),
            Error::PreconditionFailed(reason()),
            Error::AlreadyExists(reason()),
            Error::CommandInvalid(reason()),
            Error::ResourceError(reason()),
            Error::NotAllowed(reason()),
            Error::NotImplemented(reason()),
            Error::FeatureDenied(reason()),
            Error::Internal(reason()),
        ]
    }

    #[test]
    fn texts_begin_with_the_name_of_their_code() {
        for error in one_of_each() {
            assert_eq!(reply_code(&error).name(), error.name());
        }
    }

    #[test]
    fn soft_codes_close_the_channel_and_hard_ones_and_failed_logins_the_connection() {
        for error in one_of_each() {
            let hard = matches!(reply_code(&error).0, 320 | 500..) || matches!(error, Error::LoginRefused(_));
            assert_eq!(closes(&error) == Closes::Connection, hard, "{error}");
        }
    }

    #[test]
    fn reply_texts_fit_into_a_short_string_and_are_cut_between_characters() {
        assert_eq!(reply_text(&Error::queue_not_found("q", "/")), "NOT_FOUND - no queue 'q' in vhost '/'");
        for name in ["q".repeat(255), "é".repeat(127), "\u{1f430}".repeat(63)] {
            let text = reply_text(&Error::queue_not_found(&name, "/"));
            assert!(text.len() <= 255 && text.len() > 248, "{}", text.len());
            assert!(text.ends_with("...") && text.starts_with("NOT_FOUND - no queue '"), "{text}");
        }
        let exact = Error::NotFound("x".repeat(255 - "NOT_FOUND - ".len()));
        assert_eq!(reply_text(&exact), exact.to_string());
    }
}
