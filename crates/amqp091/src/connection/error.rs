//! What a client did wrong, and what has to be closed for it.

use crate::constants::ReplyCode;
use crate::frame::FrameError;
use crate::method::{MethodError, MethodId};
use thiserror::Error;

/// What an error ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorScope {
    /// The connection: answer with [`super::ServerConnection::close`].
    Connection,
    /// That channel: answer with [`super::ServerConnection::close_channel`].
    Channel(u16),
    /// The socket: the peer does not speak AMQP 0-9-1, and what can be said to it has been appended already.
    Socket,
}

/// A fault of the client, with what its close frame has to say.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{text}")]
pub struct ConnectionError {
    /// The reply code.
    pub code: ReplyCode,
    /// The reply text: the name of the code, a dash, and what is wrong.
    pub text: String,
    /// The method at fault, or [`MethodId::NONE`].
    pub method: MethodId,
    /// What has to be closed.
    pub scope: ErrorScope,
}

impl ConnectionError {
    /// An error that ends the connection.
    #[cold]
    pub(super) fn connection(code: ReplyCode, what: &str) -> Self {
        let text = format!("{} - {what}", code.name());
        ConnectionError { code, text, method: MethodId::NONE, scope: ErrorScope::Connection }
    }

    /// An error that ends a channel.
    #[cold]
    pub(super) fn channel(channel: u16, code: ReplyCode, what: &str) -> Self {
        ConnectionError { scope: ErrorScope::Channel(channel), ..ConnectionError::connection(code, what) }
    }

    /// A peer that does not speak the protocol.
    #[cold]
    pub(super) fn socket(what: &str) -> Self {
        ConnectionError {
            scope: ErrorScope::Socket,
            ..ConnectionError::connection(ReplyCode::FRAME_ERROR, what)
        }
    }

    /// Names the method at fault.
    pub(super) fn at(self, method: MethodId) -> Self {
        ConnectionError { method, ..self }
    }

    /// A frame that may not come now.
    pub(super) fn unexpected_frame(what: &str) -> Self {
        ConnectionError::connection(ReplyCode::UNEXPECTED_FRAME, what)
    }
}

impl From<FrameError> for ConnectionError {
    #[cold]
    fn from(error: FrameError) -> Self {
        ConnectionError::connection(ReplyCode::FRAME_ERROR, &error.to_string())
    }
}

impl From<MethodError> for ConnectionError {
    #[cold]
    fn from(error: MethodError) -> Self {
        let text = error.to_string();
        match error {
            MethodError::Short => ConnectionError::connection(ReplyCode::FRAME_ERROR, &text),
            MethodError::Unknown(id) => ConnectionError::connection(ReplyCode::NOT_IMPLEMENTED, &text).at(id),
            MethodError::Malformed { id, .. } => {
                ConnectionError::connection(ReplyCode::SYNTAX_ERROR, &text).at(id)
            }
        }
    }
}
