//! What a client did wrong, and what has to be closed for it.

use crate::constants::ReplyCode;
use crate::frame::FrameError;
use crate::method::MethodError;
use thiserror::Error;

/// What an error ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The connection: answer with [`super::Connection::close`].
    Connection,
    /// That channel: answer with [`super::Connection::close_channel`].
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
    /// The class of the method at fault, or 0.
    pub class_id: u16,
    /// The method at fault, or 0.
    pub method_id: u16,
    /// What has to be closed.
    pub scope: Scope,
}

impl ConnectionError {
    /// An error that ends the connection.
    #[cold]
    pub(super) fn connection(code: ReplyCode, what: &str) -> Self {
        let text = format!("{} - {what}", code.name());
        ConnectionError { code, text, class_id: 0, method_id: 0, scope: Scope::Connection }
    }

    /// An error that ends a channel.
    #[cold]
    pub(super) fn channel(channel: u16, code: ReplyCode, what: &str) -> Self {
        ConnectionError { scope: Scope::Channel(channel), ..ConnectionError::connection(code, what) }
    }

    /// A peer that does not speak the protocol.
    #[cold]
    pub(super) fn socket(what: &str) -> Self {
        ConnectionError { scope: Scope::Socket, ..ConnectionError::connection(ReplyCode::FRAME_ERROR, what) }
    }

    /// Names the method at fault.
    pub(super) fn at(self, class_id: u16, method_id: u16) -> Self {
        ConnectionError { class_id, method_id, ..self }
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
            MethodError::Unknown { class_id, method_id } => {
                ConnectionError::connection(ReplyCode::NOT_IMPLEMENTED, &text).at(class_id, method_id)
            }
            MethodError::Malformed { class_id, method_id, .. } => {
                ConnectionError::connection(ReplyCode::SYNTAX_ERROR, &text).at(class_id, method_id)
            }
        }
    }
}
