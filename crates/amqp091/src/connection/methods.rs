//! Methods on an open connection, other than a publish on an open channel.

use super::channels::Slot;
use super::error::ConnectionError;
use super::event::Event;
use super::frames::expected_open;
use super::machine::{Phase, ServerConnection};
use crate::constants::{CLASS_CONNECTION, ReplyCode};
use crate::method::{
    Method, MethodError, MethodId, basic, channel, confirm, connection, exchange, queue, tx,
};

impl ServerConnection {
    /// A method frame, complete.
    pub(super) fn handle_method<'a>(
        &mut self,
        number: u16,
        slot: Slot,
        payload: &'a [u8],
        out: &mut Vec<u8>,
    ) -> Result<Event<'a>, ConnectionError> {
        match slot {
            Slot::Open => {
                let method = Method::decode(payload)?;
                self.handle_on_open(number, method, out)
            }
            Slot::Closed if number == 0 => self.handle_on_zero(Method::decode(payload)?, out),
            Slot::Closed => self.handle_on_closed(number, payload, out),
            Slot::Content => Err(self.assemblies.interrupted(number)),
            Slot::Closing | Slot::Crossed => self.handle_on_closing(number, slot, payload, out),
        }
    }

    fn handle_on_zero<'a>(
        &mut self,
        method: Method<'a>,
        out: &mut Vec<u8>,
    ) -> Result<Event<'a>, ConnectionError> {
        use connection::Method::{Close, UpdateSecret};
        match method {
            Method::Connection(Close(close)) => Ok(self.handle_close(&close, out)),
            Method::Connection(UpdateSecret(_)) => Ok(Event::Method { channel: 0, method }),
            Method::Channel(_) => {
                let what = format!("'{}' on channel 0, which is the connection itself", method.name());
                Err(at_fault(ReplyCode::CHANNEL_ERROR, &what, &method))
            }
            _ => Err(unexpected(&method, "on channel 0 of an open connection")),
        }
    }

    /// `connection.close` from the client, at any time.
    pub(super) fn handle_close<'a>(&mut self, close: &connection::Close<'a>, out: &mut Vec<u8>) -> Event<'a> {
        connection::CloseOk {}.write_frame(0, out);
        self.assemblies.forget_all();
        self.phase = Phase::Closed;
        Event::CloseRequested { code: close.reply_code, text: close.reply_text }
    }

    fn handle_on_open<'a>(
        &mut self,
        number: u16,
        method: Method<'a>,
        out: &mut Vec<u8>,
    ) -> Result<Event<'a>, ConnectionError> {
        use channel::Method::{Close, Open};
        match method {
            Method::Channel(Open(_)) => {
                Err(at_fault(ReplyCode::CHANNEL_ERROR, "second 'channel.open' seen", &method))
            }
            Method::Channel(Close(_)) => {
                channel::CloseOk {}.write_frame(number, out);
                self.channels.set(number, Slot::Closed);
                Ok(Event::ChannelClosed { channel: number, by_client: true })
            }
            _ if from_client(&method) => Ok(Event::Method { channel: number, method }),
            _ => Err(unexpected(&method, "on an open channel")),
        }
    }

    /// Only `channel.open` makes a channel.
    fn handle_on_closed<'a>(
        &mut self,
        number: u16,
        payload: &'a [u8],
        out: &mut Vec<u8>,
    ) -> Result<Event<'a>, ConnectionError> {
        let id = id(payload)?;
        if id.class == CLASS_CONNECTION {
            let what = format!("connection method {} on channel {number}", id.method);
            return Err(ConnectionError::connection(ReplyCode::COMMAND_INVALID, &what).at(id));
        }
        if id != channel::Open::ID {
            return Err(expected_open().at(id));
        }
        Method::decode(payload)?;
        self.check_channel_max(number)?;
        channel::OpenOk {}.write_frame(number, out);
        self.channels.set(number, Slot::Open);
        Ok(Event::ChannelOpened { channel: number })
    }

    fn check_channel_max(&self, number: u16) -> Result<(), ConnectionError> {
        let max = self.tuning.channel_max;
        let used = self.channels.used();
        let (code, what) = if max != 0 && used >= usize::from(max) {
            let what =
                format!("number of channels opened ({used}) has reached the negotiated channel_max ({max})");
            (ReplyCode::NOT_ALLOWED, what)
        } else if max != 0 && number > max {
            let what = format!("channel number {number} is above the negotiated channel_max ({max})");
            (ReplyCode::CHANNEL_ERROR, what)
        } else {
            return Ok(());
        };
        Err(ConnectionError::connection(code, &what).at(channel::Open::ID))
    }

    /// After the server's `channel.close`, everything but close-ok, and close in case they crossed, is dropped.
    fn handle_on_closing<'a>(
        &mut self,
        number: u16,
        slot: Slot,
        payload: &'a [u8],
        out: &mut Vec<u8>,
    ) -> Result<Event<'a>, ConnectionError> {
        match (id(payload)?, slot) {
            (channel::CloseOk::ID, Slot::Crossed) => {
                self.channels.set(number, Slot::Closed);
                Ok(Event::Continue)
            }
            (channel::CloseOk::ID, _) => {
                self.channels.set(number, Slot::Closed);
                Ok(Event::ChannelClosed { channel: number, by_client: false })
            }
            (channel::Close::ID, Slot::Closing) => {
                channel::CloseOk {}.write_frame(number, out);
                self.channels.set(number, Slot::Crossed);
                Ok(Event::ChannelClosed { channel: number, by_client: true })
            }
            (channel::Open::ID, Slot::Crossed) => self.handle_on_closed(number, payload, out),
            _ => Ok(Event::Continue),
        }
    }
}

/// The method of a payload whose arguments are not looked at.
fn id(payload: &[u8]) -> Result<MethodId, MethodError> {
    payload.first_chunk().copied().map(MethodId::from_bytes).ok_or(MethodError::Short)
}

fn at_fault(code: ReplyCode, what: &str, method: &Method<'_>) -> ConnectionError {
    ConnectionError::connection(code, what).at(method.id())
}

fn unexpected(method: &Method<'_>, place: &str) -> ConnectionError {
    at_fault(ReplyCode::COMMAND_INVALID, &format!("unexpected method '{}' {place}", method.name()), method)
}

/// Whether a client may send that method on an open channel; opening, closing and publishing are dealt with elsewhere.
fn from_client(method: &Method<'_>) -> bool {
    match method {
        Method::Connection(_) => false,
        Method::Channel(m) => matches!(m, channel::Method::Flow(_) | channel::Method::FlowOk(_)),
        Method::Exchange(m) => {
            use exchange::Method::{Bind, Declare, Delete, Unbind};
            matches!(m, Declare(_) | Delete(_) | Bind(_) | Unbind(_))
        }
        Method::Queue(m) => {
            use queue::Method::{Bind, Declare, Delete, Purge, Unbind};
            matches!(m, Declare(_) | Bind(_) | Unbind(_) | Purge(_) | Delete(_))
        }
        Method::Basic(m) => {
            use basic::Method as B;
            !matches!(
                m,
                B::QosOk(_)
                    | B::ConsumeOk(_)
                    | B::Publish(_)
                    | B::Return(_)
                    | B::Deliver(_)
                    | B::GetOk(_)
                    | B::GetEmpty(_)
                    | B::RecoverOk(_)
            )
        }
        Method::Confirm(m) => matches!(m, confirm::Method::Select(_)),
        Method::Tx(m) => {
            use tx::Method::{Commit, Rollback, Select};
            matches!(m, Select(_) | Commit(_) | Rollback(_))
        }
    }
}
