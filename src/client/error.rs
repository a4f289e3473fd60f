//! What can go wrong between a command and its node.

use std::time::Duration;

use warren_api::ApiError;
use warren_api::warren::APP_STOPPED;

use crate::failure::{Failure, Kind};

/// What can go wrong between a command and its node.
#[derive(Debug)]
pub enum ClientError {
    /// Nothing answers at the address.
    Unreachable {
        /// Where the node was to answer.
        address: String,
        /// Every address that was tried, with the reason.
        tried: String,
    },
    /// The time for the whole command is over.
    TimedOut {
        /// How much there was.
        limit: Duration,
        /// Where the node was to answer.
        address: String,
    },
    /// The node answered with a status that is no success.
    Refused {
        /// The HTTP status.
        status: u16,
        /// What it says.
        error: ApiError,
    },
    /// The node has no such operation.
    Unsupported {
        /// Its path.
        path: String,
        /// Where the node answers.
        address: String,
    },
    /// Something answers that is no management API.
    Unreadable {
        /// Where it answers.
        address: String,
        /// What is wrong with the answer.
        problem: String,
    },
}

impl ClientError {
    /// The HTTP status, if the node answered with an error.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether the node says that there is no such thing.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// Whether the node cannot do this at all.
    pub fn is_unsupported(&self) -> bool {
        matches!(self, Self::Unsupported { .. })
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Unreachable { address, tried } => Self::new(
                Kind::Unreachable,
                format!("unable to perform an operation on node '{address}'. Tried {tried}"),
            ),
            ClientError::TimedOut { limit, address } => Self::new(
                Kind::TimedOut,
                format!("the operation on {address} timed out. Timeout value used: {} ms", limit.as_millis()),
            ),
            ClientError::Unsupported { path, address } => {
                Self::new(Kind::Unsupported, format!("the node at {address} does not offer {path}"))
            }
            ClientError::Unreadable { address, problem } => {
                Self::new(Kind::Server, format!("what answers at {address} is no management API: {problem}"))
            }
            ClientError::Refused { status, error } => refused(status, &error),
        }
    }
}

fn refused(status: u16, error: &ApiError) -> Failure {
    let reason = match error.to_string() {
        text if text.is_empty() => format!("the node answered with HTTP status {status}"),
        text => text,
    };
    match status {
        503 if error.error == APP_STOPPED => Failure::new(
            Kind::AppStopped,
            "this command requires the 'rabbit' app to be running on the target node. Start it with 'warrenctl start_app'.",
        ),
        401 | 403 => Failure::new(Kind::Denied, reason),
        _ => Failure::new(Kind::Server, reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_becomes_a_kind() {
        let kind = |status, word: &str| {
            Failure::from(ClientError::Refused { status, error: ApiError::new(word, "x") }).kind
        };
        assert_eq!(kind(401, "not_authorised"), Kind::Denied);
        assert_eq!(kind(503, APP_STOPPED), Kind::AppStopped);
        assert_eq!(kind(503, "failed"), Kind::Server);
        assert_eq!(kind(400, "bad_request"), Kind::Server);
    }

    #[test]
    fn an_empty_body_still_says_something() {
        let failure = Failure::from(ClientError::Refused { status: 500, error: ApiError::default() });
        assert!(failure.to_string().contains("500"), "{failure}");
    }
}
