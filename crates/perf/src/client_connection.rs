//! A client's connection: handshake, calls that wait for their answer, and frames as they come.

use std::time::{Duration, Instant};

use warren_amqp091::constants::{CLASS_BASIC, PROTOCOL_HEADER};
use warren_amqp091::frame::{Frame, FrameKind, decode_frame};
use warren_amqp091::method::{Method, channel, connection};
use warren_model::value::{FieldTable, FieldValue, Table};

use crate::socket::Socket;
use crate::{PerfError, Uri};

/// The largest frame that this side takes: what most brokers propose.
const FRAME_MAX: u32 = 131_072;

/// Size of the read buffer: several frames of the largest kind.
const INPUT: usize = 4 * FRAME_MAX as usize;

/// How long an answer, or room for what is sent, may be waited for.
const WAIT_LIMIT: Duration = Duration::from_secs(30);

/// A connection to a broker.
pub struct ClientConnection {
    socket: Socket,
    input: Vec<u8>,
    start: usize,
    end: usize,
    frame_max: u32,
    blocked: Option<String>,
}

/// Whether more frames are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// Yes.
    More,
    /// No: those that follow stay in the buffer.
    Enough,
}

impl ClientConnection {
    /// Connects, logs in and opens the virtual host. The broker's listings show `name`.
    pub fn open(uri: &Uri, name: &str) -> Result<Self, PerfError> {
        let socket = Socket::connect(uri)?;
        let mut own =
            Self { socket, input: vec![0; INPUT], start: 0, end: 0, frame_max: FRAME_MAX, blocked: None };
        own.send(PROTOCOL_HEADER)?;
        own.answer(0, |method| match method {
            Method::Connection(connection::Method::Start(_)) => Some(()),
            _ => None,
        })
        .map_err(|error| match error {
            PerfError::Protocol(_) => {
                PerfError::Protocol(format!("{} does not speak AMQP 0-9-1", uri.address()))
            }
            other => other,
        })?;
        let tune = own.log_in(uri, name)?;
        own.frame_max = if tune.frame_max == 0 { FRAME_MAX } else { tune.frame_max.min(FRAME_MAX) };
        let tune_ok =
            connection::TuneOk { channel_max: tune.channel_max, frame_max: own.frame_max, heartbeat: 0 };
        own.send_method(0, tune_ok)?;
        own.call(0, connection::Open { virtual_host: &uri.vhost }, |method| {
            matches!(method, Method::Connection(connection::Method::OpenOk(_))).then_some(())
        })?;
        Ok(own)
    }

    fn log_in(&mut self, uri: &Uri, name: &str) -> Result<connection::Tune, PerfError> {
        let refused =
            |text: String| PerfError::LoginRefused { address: uri.address(), user: uri.user.clone(), text };
        let properties = client_properties(name).to_bytes();
        let client_properties =
            Table::decode(&properties).map_err(|error| PerfError::Protocol(error.to_string()))?;
        let response = format!("\0{}\0{}", uri.user, uri.password);
        let start_ok = connection::StartOk {
            client_properties,
            mechanism: "PLAIN",
            response: response.as_bytes(),
            locale: "en_US",
        };
        self.call(0, start_ok, |method| match method {
            Method::Connection(connection::Method::Tune(tune)) => Some(*tune),
            _ => None,
        })
        .map_err(|error| match error {
            PerfError::Closed { text, .. } => refused(text),
            // Brokers that know nothing of `authentication_failure_close` only hang up.
            PerfError::Broken(_) => refused("it closed the socket".into()),
            other => other,
        })
    }

    /// Opens a channel.
    pub fn open_channel(&mut self, number: u16) -> Result<(), PerfError> {
        self.call(number, channel::Open {}, |method| {
            matches!(method, Method::Channel(channel::Method::OpenOk(_))).then_some(())
        })
    }

    /// Says farewell, and waits for the broker's.
    pub fn close(mut self) -> Result<(), PerfError> {
        let close = connection::Close { reply_code: 200, reply_text: "bye", class_id: 0, method_id: 0 };
        self.send_method(0, close)?;
        let deadline = Instant::now() + WAIT_LIMIT;
        let mut closed = false;
        while !closed && Instant::now() < deadline {
            // Deliveries may still be on their way.
            self.receive(|frame| {
                closed |= matches!(
                    Method::decode(frame.payload),
                    Ok(Method::Connection(connection::Method::CloseOk(_)))
                );
                Ok(Want::More)
            })?;
        }
        Ok(())
    }

    /// The largest frame that may be sent.
    pub fn frame_max(&self) -> u32 {
        self.frame_max
    }

    /// Sends a method, and waits for the answer that `pick` takes.
    pub fn call<'a, T>(
        &mut self,
        channel: u16,
        request: impl Into<Method<'a>>,
        pick: impl Fn(&Method<'_>) -> Option<T>,
    ) -> Result<T, PerfError> {
        self.send_method(channel, request)?;
        self.answer(channel, pick)
    }

    /// Sends a method.
    pub fn send_method<'a>(&mut self, channel: u16, method: impl Into<Method<'a>>) -> Result<(), PerfError> {
        let mut bytes = Vec::new();
        method.into().write_frame(channel, &mut bytes);
        self.send(&bytes)
    }

    fn answer<T>(&mut self, channel: u16, pick: impl Fn(&Method<'_>) -> Option<T>) -> Result<T, PerfError> {
        let deadline = Instant::now() + WAIT_LIMIT;
        let mut picked = None;
        loop {
            self.receive(|frame| {
                let method = match frame.kind {
                    FrameKind::Method => Method::decode(frame.payload)
                        .map_err(|error| PerfError::Protocol(error.to_string()))?,
                    _ => return Err(PerfError::Protocol("content where an answer was due".into())),
                };
                if frame.channel == channel {
                    picked = pick(&method);
                }
                match picked {
                    Some(_) => Ok(Want::Enough),
                    None => Err(PerfError::Protocol(format!("{} came unasked", method.name()))),
                }
            })?;
            if let Some(answer) = picked {
                return Ok(answer);
            }
            if Instant::now() > deadline {
                return Err(self.stalled("sent no answer"));
            }
        }
    }

    /// Sends octets. A broker that takes none of them for long is an error, and what it says meanwhile is heard.
    pub fn send(&mut self, mut bytes: &[u8]) -> Result<(), PerfError> {
        let mut deadline = Instant::now() + WAIT_LIMIT;
        while !bytes.is_empty() {
            match self.socket.send(bytes) {
                Ok(0) => {
                    if Instant::now() > deadline {
                        self.hear_last_words()?;
                        return Err(self.stalled("took nothing"));
                    }
                }
                Ok(taken) => {
                    bytes = bytes.get(taken..).unwrap_or_default();
                    if !bytes.is_empty() {
                        deadline = Instant::now() + WAIT_LIMIT;
                    }
                }
                Err(error) => {
                    self.hear_last_words()?;
                    return Err(PerfError::Broken(error));
                }
            }
        }
        Ok(())
    }

    /// A broker that hangs up has often said why.
    fn hear_last_words(&mut self) -> Result<(), PerfError> {
        while let Ok(true) = self.fill_now() {
            self.take_frames(|_| Ok(Want::More))?;
        }
        Ok(())
    }

    fn stalled(&self, what: &str) -> PerfError {
        let seconds = WAIT_LIMIT.as_secs();
        PerfError::Stalled(match &self.blocked {
            Some(reason) => {
                format!("the broker holds publishers back ({reason}), and {what} for {seconds} seconds")
            }
            None => format!("the broker {what} for {seconds} seconds"),
        })
    }

    /// Waits a moment for frames, and hands over those that came.
    pub fn receive(
        &mut self,
        take: impl FnMut(&Frame<'_>) -> Result<Want, PerfError>,
    ) -> Result<(), PerfError> {
        // What an earlier call left comes first.
        if self.start == self.end || !self.has_frame()? {
            let space = self.input.get_mut(self.end..).unwrap_or_default();
            if let Some(count) = self.socket.receive(space).map_err(PerfError::Broken)? {
                self.end += count;
            }
        }
        self.take_frames(take)
    }

    /// Hands over the frames that are there, without waiting.
    pub fn receive_now(
        &mut self,
        take: impl FnMut(&Frame<'_>) -> Result<Want, PerfError>,
    ) -> Result<(), PerfError> {
        self.fill_now().map_err(PerfError::Broken)?;
        self.take_frames(take)
    }

    /// Waits until something came, at most this long.
    pub fn wait(&self, most: Duration) -> Result<(), PerfError> {
        self.socket.wait(most).map_err(PerfError::Broken)
    }

    fn fill_now(&mut self) -> std::io::Result<bool> {
        let space = self.input.get_mut(self.end..).unwrap_or_default();
        if space.is_empty() {
            return Ok(false);
        }
        let count = self.socket.receive_now(space)?;
        self.end += count.unwrap_or(0);
        Ok(count.is_some())
    }

    fn has_frame(&self) -> Result<bool, PerfError> {
        let waiting = self.input.get(self.start..self.end).unwrap_or_default();
        decode_frame(waiting, self.frame_max).map(|frame| frame.is_some()).map_err(broken_frame)
    }

    fn take_frames(
        &mut self,
        mut take: impl FnMut(&Frame<'_>) -> Result<Want, PerfError>,
    ) -> Result<(), PerfError> {
        let Self { input, start, end, frame_max, blocked, socket } = self;
        loop {
            let waiting = input.get(*start..*end).unwrap_or_default();
            let Some((frame, length)) = decode_frame(waiting, *frame_max).map_err(broken_frame)? else {
                break;
            };
            *start += length;
            let wanted = match frame.kind {
                FrameKind::Heartbeat => Want::More,
                FrameKind::Method if !frame.payload.starts_with(&CLASS_BASIC.to_be_bytes()) => {
                    match administer(&frame, blocked, socket)? {
                        true => Want::More,
                        false => take(&frame)?,
                    }
                }
                _ => take(&frame)?,
            };
            if wanted == Want::Enough {
                break;
            }
        }
        if start == end {
            (*start, *end) = (0, 0);
        } else if *start > 0 && *end > input.len() / 2 {
            input.copy_within(*start..*end, 0);
            (*start, *end) = (0, *end - *start);
        }
        Ok(())
    }
}

/// Deals with what is about the connection or its channels as such; false if it is something else.
fn administer(
    frame: &Frame<'_>,
    blocked: &mut Option<String>,
    socket: &mut Socket,
) -> Result<bool, PerfError> {
    let closed = |what, code, text: &str| PerfError::Closed { what, code, text: text.to_owned() };
    let mut farewell = Vec::new();
    match Method::decode(frame.payload) {
        Ok(Method::Connection(connection::Method::Close(close))) => {
            connection::CloseOk {}.write_frame(0, &mut farewell);
            // It goes in any case; the answer is for its log.
            let _unsent = socket.send(&farewell);
            Err(closed("connection", close.reply_code, close.reply_text))
        }
        Ok(Method::Channel(channel::Method::Close(close))) => {
            channel::CloseOk {}.write_frame(frame.channel, &mut farewell);
            let _unsent = socket.send(&farewell);
            Err(closed("channel", close.reply_code, close.reply_text))
        }
        Ok(Method::Connection(connection::Method::Blocked(method))) => {
            *blocked = Some(method.reason.to_owned());
            Ok(true)
        }
        Ok(Method::Connection(connection::Method::Unblocked(_))) => {
            *blocked = None;
            Ok(true)
        }
        Ok(_) => Ok(false),
        Err(error) => Err(PerfError::Protocol(error.to_string())),
    }
}

fn broken_frame(error: warren_amqp091::frame::FrameError) -> PerfError {
    PerfError::Protocol(error.to_string())
}

fn client_properties(name: &str) -> FieldTable {
    let capabilities = [
        "publisher_confirms",
        "basic.nack",
        "connection.blocked",
        "consumer_cancel_notify",
        "authentication_failure_close",
    ];
    let capabilities = FieldTable::from_iter(capabilities.map(|name| (name, true)));
    let mut table = FieldTable::from_iter([
        ("product", "warrenctl perf"),
        ("version", env!("CARGO_PKG_VERSION")),
        ("platform", "Rust"),
        ("connection_name", name),
    ]);
    table.insert("capabilities", FieldValue::Table(capabilities));
    table
}
