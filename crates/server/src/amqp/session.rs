//! One client's connection, from the protocol header to the closed socket.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Poll;
use std::time::Duration;

use bytes::BufMut;
use tokio::io::AsyncReadExt;
use tokio::time::{Instant, sleep_until};
use tracing::{debug, info, warn};
use warren_amqp091::client_writer::FrameWriter;
use warren_amqp091::connection::{READ_AHEAD, ServerConnection};
use warren_amqp091::constants::{FRAME_MIN_SIZE, HEARTBEAT_FRAME, ReplyCode};
use warren_amqp091::heartbeat::{Action, Heartbeat};
use warren_amqp091::method::MethodId;
use warren_amqp091::refusal::{reply_code, reply_text};
use warren_broker::connections::Traffic;
use warren_broker::delivery::Outbox;
use warren_broker::effects::Effects;

use super::blocking::closed_by_client;
use super::buffers::{self, BUFFER_SIZE};
use super::channels::Channels;
use super::control::{Asked, CloseRequest};
use super::listener::Service;
use super::wire::{Wire, WireSink};
use crate::node::alarms::InEffect;
use crate::node::durability::durable;
use crate::node::time;
use crate::transport::{Address, Reading, Stream};

/// Reads that one connection may make in a row before others get their turn.
const READS_IN_A_ROW: usize = 16;
/// Time that a client has to confirm the server's close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);
/// Further ahead than any heartbeat.
const FAR: Duration = Duration::from_secs(365 * 24 * 3600);

/// Where a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Until `connection.open` is answered.
    Handshake,
    /// Open for business.
    Open,
    /// The server has sent `connection.close`.
    Closing,
    /// Nothing more is to be read.
    Ended,
}

/// See the module's description.
pub struct Session {
    pub(super) service: Arc<Service>,
    pub(super) wire: Arc<Wire>,
    pub(super) reading: Reading,
    pub(super) outbox: Arc<Outbox>,
    pub(super) protocol: ServerConnection,
    pub(super) channels: Option<Channels>,
    pub(super) close_request: Arc<CloseRequest>,
    pub(super) client: Client,
    pub(super) stage: Stage,
    pub(super) effects: Effects,
    /// Channels that published in this batch.
    pub(super) published: Vec<u16>,
    pub(super) heartbeat: Heartbeat,
    pub(super) traffic: Arc<Traffic>,
    /// Publishers must wait.
    pub(super) alarm: InEffect,
    /// The client has closed its side: what it sent before that is taken, whatever is short.
    pub(super) last_words: bool,
    /// This connection published while they must, and is not read until they need not.
    pub(super) blocked: bool,
    started: Instant,
    /// The handshake or the close must be over by then.
    deadline: Option<Instant>,
    /// What the timer waits for has changed.
    timer_stale: bool,
    sent_before: u64,
    leftover: Vec<u8>,
}

/// What is known about the client.
pub(super) struct Client {
    pub(super) peer: Address,
    pub(super) host: Address,
    pub(super) user: Option<Arc<str>>,
    pub(super) mechanism: String,
    pub(super) properties: warren_model::value::FieldTable,
}

impl Session {
    /// A session on a connection that was just accepted.
    pub fn new(stream: Stream, service: Arc<Service>) -> Self {
        let traffic = Arc::new(Traffic::default());
        let (peer, host) = (stream.peer().clone(), stream.host().clone());
        let (reading, writing) = stream.into_halves();
        let wire = Arc::new(Wire::new(writing, Arc::clone(&traffic), service.broker.log_handle().clone()));
        let started = Instant::now();
        let client = Client {
            peer,
            host,
            user: None,
            mechanism: String::new(),
            properties: warren_model::value::FieldTable::default(),
        };
        // Until more is agreed upon (AMQP 0-9-1, `connection.tune`).
        let writer = FrameWriter::new(FRAME_MIN_SIZE);
        Self {
            outbox: Arc::new(Outbox::new(Box::new(WireSink(Arc::clone(&wire))), Box::new(writer))),
            wire,
            reading,
            protocol: ServerConnection::new(Arc::clone(&service.settings)),
            channels: None,
            close_request: Arc::default(),
            client,
            stage: Stage::Handshake,
            effects: Effects::new(service.broker.log_handle().clone()),
            published: Vec::new(),
            heartbeat: Heartbeat::new(0, 0),
            traffic,
            alarm: service.alarms.in_effect(),
            blocked: false,
            last_words: false,
            started,
            deadline: Some(started + service.handshake_timeout),
            timer_stale: false,
            sent_before: 0,
            leftover: Vec::new(),
            service,
        }
    }

    /// Serves the client until it or the server closes.
    pub async fn run(mut self) {
        let (wire, outbox, close) =
            (Arc::clone(&self.wire), Arc::clone(&self.outbox), Arc::clone(&self.close_request));
        let mut writer = pin!(wire.write_when_full(&outbox));
        let mut timer = pin!(sleep_until(self.next_timer()));
        let mut alarms = self.service.alarms.subscribe();
        while self.stage != Stage::Ended {
            tokio::select! {
                ready = self.reading.readable(), if !self.blocked => {
                    match ready {
                        Ok(()) => self.read().await,
                        Err(_) => break,
                    }
                }
                () = closed_by_client(&self.reading), if self.blocked => self.hear_last_words(),
                asked = close.wait() => self.close_as_asked(&asked),
                () = &mut timer => {
                    self.tick();
                    timer.as_mut().reset(self.next_timer());
                }
                () = &mut writer => {}
                Ok(()) = alarms.changed() => {
                    let alarm = *alarms.borrow_and_update();
                    self.alarm_changed(alarm);
                }
            }
            if std::mem::take(&mut self.timer_stale) {
                timer.as_mut().reset(self.next_timer());
            }
        }
        self.end();
        if tokio::time::timeout(CLOSE_TIMEOUT, wire.drain(&outbox)).await.is_err() {
            debug!(peer = %self.client.peer, "the client does not take what was sent to it");
        }
        outbox.close();
    }

    /// Closes the connection from the server's side.
    pub(super) fn close(&mut self, code: ReplyCode, text: &str, at_fault: MethodId) {
        if matches!(self.stage, Stage::Closing | Stage::Ended) {
            return;
        }
        warn!(peer = %self.client.peer, code = code.0, text, "closing AMQP connection");
        self.end();
        let mut out = Vec::new();
        self.protocol.close(code, text, at_fault, &mut out);
        self.stage = if out.is_empty() { Stage::Ended } else { Stage::Closing };
        self.outbox.lock().bytes().extend_from_slice(&out);
        self.deadline = Some(Instant::now() + CLOSE_TIMEOUT);
        self.timer_stale = true;
        self.flush();
    }

    fn close_as_asked(&mut self, asked: &Asked) {
        match asked.channel {
            None => self.close(reply_code(&asked.reason), &reply_text(&asked.reason), MethodId::NONE),
            Some(number) => {
                let open = self.channels.as_mut().is_some_and(|channels| channels.get(number).is_some());
                if open {
                    self.refuse_channel(number, &asked.reason, MethodId::NONE);
                    self.flush();
                }
            }
        }
    }

    /// Milliseconds since the session's start.
    pub(super) fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// The handshake is done.
    pub(super) fn opened(&mut self, channels: Channels) {
        self.channels = Some(channels);
        self.stage = Stage::Open;
        self.deadline = None;
        self.timer_stale = true;
        self.heartbeat = Heartbeat::new(self.protocol.tuning().heartbeat, self.now());
    }

    /// Gives up everything that the connection has in the broker.
    fn end(&mut self) {
        if let Some(mut channels) = self.channels.take() {
            channels.close_all(&mut self.effects);
            channels.leave();
            info!(peer = %self.client.peer, "AMQP connection closed");
        }
        self.effects.finish();
    }

    pub(super) fn flush(&mut self) {
        self.wire.flush(&self.outbox, &mut self.effects);
        self.effects.finish();
    }

    fn tick(&mut self) {
        if self.deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            debug!(peer = %self.client.peer, stage = ?self.stage, "timed out");
            self.stage = Stage::Ended;
            return;
        }
        let now = self.now();
        let sent = self.traffic.sent.load(Relaxed);
        if sent != std::mem::replace(&mut self.sent_before, sent) {
            self.heartbeat.note_out(now);
        }
        match self.heartbeat.poll(now) {
            Action::SendHeartbeat => {
                self.outbox.lock().bytes().extend_from_slice(HEARTBEAT_FRAME);
                self.heartbeat.note_out(now);
                self.flush();
            }
            // What a blocked client sends is not looked at.
            Action::PeerDead if self.blocked => self.heartbeat.note_in(now),
            Action::PeerDead if self.stage == Stage::Open => {
                warn!(peer = %self.client.peer, "missed heartbeats from client");
                self.stage = Stage::Ended;
            }
            Action::PeerDead | Action::Idle { .. } => {}
        }
    }

    fn next_timer(&self) -> Instant {
        let now = Instant::now();
        let beat = match self.heartbeat.poll(self.now()) {
            Action::Idle { wait } => now.checked_add(Duration::from_millis(wait)).unwrap_or(now + FAR),
            Action::SendHeartbeat | Action::PeerDead => now,
        };
        self.deadline.map_or(beat, |deadline| deadline.min(beat)).min(now + FAR)
    }

    /// Reads and handles what there is. A client that is gone ends the session, whether it owes a close-ok or not.
    async fn read(&mut self) {
        let mut buffer = buffers::take();
        let mut filled = self.leftover.len();
        if buffer.len() < filled + BUFFER_SIZE / 2 {
            buffer.resize(filled + BUFFER_SIZE, 0);
        }
        if let Some(front) = buffer.get_mut(..filled) {
            front.copy_from_slice(&self.leftover);
        }
        self.leftover.clear();
        let mut more = true;
        for _ in 0..READS_IN_A_ROW {
            match self.fill(&mut buffer, &mut filled).await {
                Ok(0) => self.stage = Stage::Ended,
                Ok(_) => self.take_input(&mut buffer, &mut filled).await,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => more = false,
                Err(_) => self.stage = Stage::Ended,
            }
            if !more || self.blocked || self.stage == Stage::Ended {
                break;
            }
        }
        self.leftover.extend_from_slice(buffer.get(..filled).unwrap_or_default());
        if self.leftover.is_empty() {
            self.leftover = Vec::new();
        }
        buffers::give(buffer);
        self.heartbeat.note_in(self.now());
        if more {
            // A socket that always has more is always ready, and awaiting it never lets others run.
            tokio::task::yield_now().await;
        }
    }

    /// One read from the socket: into the buffer, or straight into a large body that is under way.
    async fn fill(&mut self, buffer: &mut Vec<u8>, filled: &mut usize) -> io::Result<usize> {
        let read = match self.protocol.body_in_progress() {
            Some((body, missing)) if *filled == 0 && missing >= BUFFER_SIZE / 4 => {
                let whole = body.len() + missing;
                let read = at_once(self.reading.read_buf(&mut body.limit(missing + READ_AHEAD))).await?;
                // The frame's end, and with it the beginning of the next one: that one is read straight into the body as well.
                let behind = body.get(whole..).unwrap_or_default();
                if let Some(front) = buffer.get_mut(..behind.len()) {
                    front.copy_from_slice(behind);
                    *filled = behind.len();
                }
                body.truncate(whole);
                read
            }
            _ => {
                if *filled == buffer.len() {
                    buffer.resize(buffer.len() * 2, 0);
                }
                let room = buffer.get_mut(*filled..).unwrap_or_default();
                let read = at_once(self.reading.read(room)).await?;
                *filled += read;
                read
            }
        };
        self.traffic.received_bytes.fetch_add(read as u64, Relaxed);
        self.traffic.received.fetch_add(1, Relaxed);
        Ok(read)
    }

    /// Handles what is in the buffer and moves the rest to its front.
    async fn take_input(&mut self, buffer: &mut [u8], filled: &mut usize) {
        time::tell(&self.service.broker);
        let mut at = 0;
        loop {
            let input = buffer.get(at..*filled).unwrap_or_default();
            let (consumed, answer) = self.handle(input);
            at += consumed;
            let Some(answer) = answer else { break };
            if let Err(error) = durable(self.service.broker.log_handle(), answer.position).await {
                self.close(reply_code(&error), &reply_text(&error), MethodId::NONE);
                break;
            }
            self.outbox.lock().bytes().extend_from_slice(&answer.frames);
        }
        buffer.copy_within(at..*filled, 0);
        *filled -= at;
        self.append();
        self.flush();
    }

    /// Ends a batch: appends its records to the log, and lets the channels that published confirm.
    fn append(&mut self) {
        let position = self.effects.append();
        if let Err(error) = &position {
            warn!(peer = %self.client.peer, %error, "what this client sent is not durable");
        }
        if !self.published.is_empty() && self.alarm.any() && !self.last_words {
            self.block();
        }
        let Some(channels) = &mut self.channels else { return };
        for number in self.published.drain(..) {
            if let Some(channel) = channels.get(number) {
                channel.settle_confirms(position.clone(), &self.effects);
            }
        }
    }
}

/// What a read gives without waiting. After one that did not fill its buffer, the socket is known to be empty, and is not asked again.
async fn at_once(read: impl Future<Output = io::Result<usize>>) -> io::Result<usize> {
    let mut read = pin!(read);
    poll_fn(|context| match read.as_mut().poll(context) {
        Poll::Ready(read) => Poll::Ready(read),
        Poll::Pending => Poll::Ready(Err(io::ErrorKind::WouldBlock.into())),
    })
    .await
}
