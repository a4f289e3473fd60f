//! Everything that the broker refuses. Which AMQP reply code and which HTTP status a refusal has is known where these are spoken.
//!
//! One variant for each kind; the constructors in this folder word the reasons, one for each refusal, as RabbitMQ words them,
//! because clients and tools read them.

mod access;
mod limits;
mod routing;
mod terms;
mod texts;

pub use terms::{json_term, json_terms};

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
    /// Its name in AMQP and in RabbitMQ's texts, which begin with it: `NOT_FOUND`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::ConnectionForced(_) => "CONNECTION_FORCED",
            Self::AccessRefused(_) | Self::LoginRefused(_) => "ACCESS_REFUSED",
            Self::NotFound(_) => "NOT_FOUND",
            Self::ResourceLocked(_) => "RESOURCE_LOCKED",
            Self::PreconditionFailed(_) | Self::AlreadyExists(_) => "PRECONDITION_FAILED",
            Self::CommandInvalid(_) => "COMMAND_INVALID",
            Self::ResourceError(_) => "RESOURCE_ERROR",
            Self::NotAllowed(_) => "NOT_ALLOWED",
            Self::NotImplemented(_) => "NOT_IMPLEMENTED",
            Self::FeatureDenied(_) | Self::Internal(_) => "INTERNAL_ERROR",
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
            assert_eq!(error.to_string(), format!("{} - {}", error.name(), error.reason()));
        }
    }
}
