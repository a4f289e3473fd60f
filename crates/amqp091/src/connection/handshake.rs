//! From the protocol header to the open connection (specification 2.2.4).

use super::error::ConnectionError;
use super::event::Event;
use super::frames::{complete, handle_heartbeat};
use super::machine::{Handled, Phase, ServerConnection};
use crate::constants::{PROTOCOL_HEADER, ReplyCode};
use crate::frame::{FrameHead, FrameKind};
use crate::method::{Method, connection};
use warren_model::value::Table;

/// The header of AMQP 0-9, which clients of that time send and which can be served as 0-9-1.
const HEADER_0_9: &[u8; 8] = b"AMQP\x01\x01\x00\x09";

impl ServerConnection {
    /// The credentials are good: appends `connection.tune`. Answers [`Event::Authenticate`]; does nothing at another time.
    pub fn authenticated(&mut self, out: &mut Vec<u8>) {
        if self.phase == Phase::Authenticating {
            self.settings.proposal().write_frame(0, out);
            self.phase = Phase::Tune;
        }
    }

    /// The virtual host may be used: appends `connection.open-ok`. Answers [`Event::Open`]; does nothing at another time.
    pub fn opened(&mut self, out: &mut Vec<u8>) {
        if self.phase == Phase::Opening {
            connection::OpenOk {}.write_frame(0, out);
            self.phase = Phase::Open;
        }
    }

    /// The first eight octets. What cannot become a header is answered at once with the right one.
    pub(super) fn handle_protocol_header<'a>(&mut self, input: &'a [u8], out: &mut Vec<u8>) -> Handled<'a> {
        let begins = |header: &[u8; 8]| {
            let len = input.len().min(header.len());
            input.get(..len) == header.get(..len)
        };
        if !begins(PROTOCOL_HEADER) && !begins(HEADER_0_9) {
            out.extend_from_slice(PROTOCOL_HEADER);
            self.phase = Phase::Closed;
            return Err(ConnectionError::socket("the client's protocol header is not AMQP 0-9-1's"));
        }
        if input.len() < PROTOCOL_HEADER.len() {
            return Ok((0, Event::Incomplete));
        }
        self.write_start(out);
        self.phase = Phase::Start;
        Ok((PROTOCOL_HEADER.len(), Event::Continue))
    }

    fn write_start(&self, out: &mut Vec<u8>) {
        let properties = self.settings.server_properties.to_bytes();
        connection::Start {
            version_major: 0,
            version_minor: 9,
            server_properties: Table::decode(&properties).unwrap_or_default(),
            mechanisms: self.settings.mechanisms.as_bytes(),
            locales: b"en_US",
        }
        .write_frame(0, out);
    }

    /// A frame before the connection is open: a method on channel 0, or a heartbeat.
    pub(super) fn handle_handshake<'a>(&mut self, input: &'a [u8], out: &mut Vec<u8>) -> Handled<'a> {
        let Some(head) = FrameHead::decode(input, self.tuning.frame_max)? else {
            return Ok((0, Event::Incomplete));
        };
        match head.kind {
            FrameKind::Heartbeat => return handle_heartbeat(&head, input),
            FrameKind::Method => {}
            _ => {
                let what = "expected method frame, got non method frame instead";
                return Err(ConnectionError::unexpected_frame(what));
            }
        }
        if head.channel != 0 {
            let what = format!("channel {} used before the connection is open", head.channel);
            return Err(ConnectionError::connection(ReplyCode::COMMAND_INVALID, &what));
        }
        let Some((payload, rest)) = complete(&head, input)? else { return Ok((0, Event::Incomplete)) };
        let event = self.handle_step(Method::decode(payload)?, out)?;
        Ok((input.len() - rest.len(), event))
    }

    fn handle_step<'a>(
        &mut self,
        method: Method<'a>,
        out: &mut Vec<u8>,
    ) -> Result<Event<'a>, ConnectionError> {
        use connection::Method::{Close, Open, StartOk, TuneOk};
        match (self.phase, method) {
            (Phase::Start, Method::Connection(StartOk(start_ok))) => self.handle_start_ok(start_ok),
            (Phase::Tune, Method::Connection(TuneOk(tune_ok))) => {
                self.tuning = self.settings.agree(&tune_ok)?;
                self.payload_max = self.tuning.payload_max();
                self.phase = Phase::WaitOpen;
                Ok(Event::Continue)
            }
            (Phase::WaitOpen, Method::Connection(Open(open))) => {
                self.phase = Phase::Opening;
                Ok(Event::Open { vhost: open.virtual_host })
            }
            (_, Method::Connection(Close(close))) => Ok(self.handle_close(&close, out)),
            (phase, method) => {
                let expected = match phase {
                    Phase::Start => "connection.start-ok",
                    Phase::Tune => "connection.tune-ok",
                    _ => "connection.open",
                };
                let what = format!("expected '{expected}', got '{}'", method.name());
                Err(ConnectionError::connection(ReplyCode::COMMAND_INVALID, &what).at(method.id()))
            }
        }
    }

    fn handle_start_ok<'a>(
        &mut self,
        start_ok: connection::StartOk<'a>,
    ) -> Result<Event<'a>, ConnectionError> {
        let connection::StartOk { client_properties, mechanism, response, locale } = start_ok;
        if !self.settings.mechanisms.split(' ').any(|offered| offered == mechanism) {
            let what = format!(
                "unknown authentication mechanism '{mechanism}'; this server offers {}",
                self.settings.mechanisms
            );
            let error = ConnectionError::connection(ReplyCode::COMMAND_INVALID, &what);
            return Err(error.at(connection::StartOk::ID));
        }
        self.phase = Phase::Authenticating;
        Ok(Event::Authenticate { mechanism, response, client_properties, locale })
    }
}
