//! Everything that the broker refuses, with its AMQP reply code and its reach.
//!
//! One variant for each reply code; the constructors in `error/` word the reasons, one for each refusal, as RabbitMQ words them,
//! because clients and tools read them.

mod limits;
mod routing;
mod terms;
mod texts;

pub(crate) use terms::{json_term, json_terms};

use warren_amqp091::constants::ReplyCode;

/// The longest text that fits into `channel.close` and `connection.close`, in octets.
const MAX_REPLY_TEXT: usize = 255;
/// What stands at the end of a text that was cut.
const CUT: &str = "...";

/// What a close closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The channel on which the refused method came (AMQP 0-9-1, soft errors).
    Channel,
    /// The whole connection (AMQP 0-9-1, hard errors).
    Connection,
}

/// A refusal. Displayed as its reply text: `NOT_FOUND - no queue 'q' in vhost '/'`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// An operator or the node itself ends a connection.
    #[error("CONNECTION_FORCED - {0}")]
    ConnectionForced(String),
    /// No permission, a reserved name, or a thing that nobody may touch.
    #[error("ACCESS_REFUSED - {0}")]
    AccessRefused(String),
    /// Nobody with these credentials may log in; closes the connection, although its code is a soft one.
    #[error("ACCESS_REFUSED - {0}")]
    LoginRefused(String),
    /// There is no such thing.
    #[error("NOT_FOUND - {0}")]
    NotFound(String),
    /// A connection holds it exclusively.
    #[error("RESOURCE_LOCKED - {0}")]
    ResourceLocked(String),
    /// What the request relies on is not so, or its arguments are bad.
    #[error("PRECONDITION_FAILED - {0}")]
    PreconditionFailed(String),
    /// It was to be new, but is there already. AMQP has no code of its own for that.
    #[error("PRECONDITION_FAILED - {0}")]
    AlreadyExists(String),
    /// A method that may not come now.
    #[error("COMMAND_INVALID - {0}")]
    CommandInvalid(String),
    /// The node has too little of something.
    #[error("RESOURCE_ERROR - {0}")]
    ResourceError(String),
    /// Forbidden by configuration or limits.
    #[error("NOT_ALLOWED - {0}")]
    NotAllowed(String),
    /// Part of the protocol that is not offered.
    #[error("NOT_IMPLEMENTED - {0}")]
    NotImplemented(String),
    /// A deprecated feature that the configuration denies; RabbitMQ has no code of its own for that.
    #[error("INTERNAL_ERROR - {0}")]
    FeatureDenied(String),
    /// The node's own fault.
    #[error("INTERNAL_ERROR - {0}")]
    Internal(String),
}

impl Error {
    /// The AMQP reply code (AMQP 0-9-1, constants).
    pub fn code(&self) -> ReplyCode {
        match self {
            Self::ConnectionForced(_) => ReplyCode::CONNECTION_FORCED,
            Self::AccessRefused(_) | Self::LoginRefused(_) => ReplyCode::ACCESS_REFUSED,
            Self::NotFound(_) => ReplyCode::NOT_FOUND,
            Self::ResourceLocked(_) => ReplyCode::RESOURCE_LOCKED,
            Self::PreconditionFailed(_) | Self::AlreadyExists(_) => ReplyCode::PRECONDITION_FAILED,
            Self::CommandInvalid(_) => ReplyCode::COMMAND_INVALID,
            Self::ResourceError(_) => ReplyCode::RESOURCE_ERROR,
            Self::NotAllowed(_) => ReplyCode::NOT_ALLOWED,
            Self::NotImplemented(_) => ReplyCode::NOT_IMPLEMENTED,
            Self::FeatureDenied(_) | Self::Internal(_) => ReplyCode::INTERNAL_ERROR,
        }
    }

    /// Whether the channel is closed for it, or the connection.
    pub fn scope(&self) -> Scope {
        match self {
            Self::LoginRefused(_) => Scope::Connection,
            _ if self.code().closes_connection() => Scope::Connection,
            _ => Scope::Channel,
        }
    }

    /// The reason alone, without the name of the code, as the management API gives it.
    pub fn reason(&self) -> &str {
        match self {
            Self::ConnectionForced(reason)
            | Self::AccessRefused(reason)
            | Self::LoginRefused(reason)
            | Self::NotFound(reason)
            | Self::ResourceLocked(reason)
            | Self::PreconditionFailed(reason)
            | Self::AlreadyExists(reason)
            | Self::CommandInvalid(reason)
            | Self::ResourceError(reason)
            | Self::NotAllowed(reason)
            | Self::NotImplemented(reason)
            | Self::FeatureDenied(reason)
            | Self::Internal(reason) => reason,
        }
    }

    /// The text as a close method carries it: at most 255 octets, cut between characters and marked with `...`.
    pub fn reply_text(&self) -> String {
        let mut text = self.to_string();
        if text.len() > MAX_REPLY_TEXT {
            text.truncate(text.floor_char_boundary(MAX_REPLY_TEXT - CUT.len()));
            text.push_str(CUT);
        }
        text
    }
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
            assert_eq!(error.to_string(), format!("{} - {}", error.code().name(), error.reason()));
        }
    }

    #[test]
    fn soft_codes_close_the_channel_and_hard_ones_and_failed_logins_the_connection() {
        for error in one_of_each() {
            let hard = matches!(error.code().0, 320 | 500..) || matches!(error, Error::LoginRefused(_));
            assert_eq!(error.scope() == Scope::Connection, hard, "{error}");
        }
    }

    #[test]
    fn reply_texts_fit_into_a_short_string_and_are_cut_between_characters() {
        assert_eq!(Error::queue_not_found("q", "/").reply_text(), "NOT_FOUND - no queue 'q' in vhost '/'");
        for name in ["q".repeat(255), "é".repeat(127), "\u{1f430}".repeat(63)] {
            let text = Error::queue_not_found(&name, "/").reply_text();
            assert!(text.len() <= 255 && text.len() > 248, "{}", text.len());
            assert!(text.ends_with("...") && text.starts_with("NOT_FOUND - no queue '"), "{text}");
        }
        let exact = Error::NotFound("x".repeat(255 - "NOT_FOUND - ".len()));
        assert_eq!(exact.reply_text(), exact.to_string());
    }
}
