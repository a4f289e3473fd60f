//! The sending side of a connection's socket.
//!
//! Whoever has put something into the outbox writes it at once, without blocking; only when the socket takes no more
//! does the connection's writer task wait for it.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::Notify;
use warren_broker::channel::resume;
use warren_broker::connections::Traffic;
use warren_broker::delivery::{Outbox, Sink};
use warren_broker::effects::Effects;
use warren_broker::log::LogHandle;
use warren_model::outgoing::Outgoing;

use crate::transport::Writing;

/// Buffers larger than this are not kept by an idle connection (bytes).
const KEPT_BUFFER: usize = 512 * 1024;
/// Slices of one vectored write.
const SLICES: usize = 64;

/// See the module's description.
pub struct Wire {
    stream: Writing,
    sending: Mutex<Sending>,
    /// Something was taken from the outbox that the socket has not taken yet. Beside the lock, so that looking at it
    /// does not keep anybody from sending.
    behind: AtomicBool,
    /// The socket takes no more: the writer task must wait for it.
    full: Notify,
    traffic: Arc<Traffic>,
    log_handle: LogHandle,
}

/// What was taken from the outbox and is not sent yet.
#[derive(Default)]
struct Sending {
    outgoing: Outgoing,
    /// Bytes of `outgoing` that are sent.
    sent: usize,
    /// Parts of `outgoing` with large bodies in between, when there are any.
    parts: VecDeque<Bytes>,
}

/// A handle on the wire that an outbox owns.
pub struct WireSink(pub Arc<Wire>);

impl Sink for WireSink {
    fn flush(&self, outbox: &Outbox, effects: &mut Effects) {
        self.0.flush(outbox, effects);
    }

    fn wake(&self) {
        self.0.full.notify_one();
    }
}

impl Wire {
    /// The sending side whose transport is `stream`.
    pub fn new(stream: Writing, traffic: Arc<Traffic>, log_handle: LogHandle) -> Self {
        Self {
            stream,
            sending: Mutex::default(),
            behind: AtomicBool::new(false),
            full: Notify::new(),
            traffic,
            log_handle,
        }
    }

    /// Sends what the outbox holds as far as the socket takes it. That may make room for consumers that were held
    /// back: whoever got something by it is added to `effects`.
    pub fn flush(&self, outbox: &Outbox, effects: &mut Effects) {
        // Whoever holds `sending` looks at the outbox again after letting go of it, so nothing is left behind. That
        // only holds because nobody takes the lock without doing so.
        while !outbox.lock().is_empty() || self.is_behind() {
            let Some(mut sending) = self.sending.try_lock() else { return };
            let progress = self.send(&mut sending, outbox, effects);
            if progress.is_err() {
                // The client is gone, and what it was to get with it.
                *sending = Sending::default();
            }
            self.behind.store(!sending.is_done(), Release);
            drop(sending);
            match progress {
                Ok(Progress::Done) => {}
                Ok(Progress::Full) => return self.full.notify_one(),
                Err(_) => return outbox.close(),
            }
        }
    }

    /// Waits for the socket whenever it is full, as long as the connection lives.
    pub async fn write_when_full(&self, outbox: &Outbox) {
        loop {
            self.full.notified().await;
            if self.stream.writable().await.is_err() {
                return outbox.close();
            }
            self.flush_all(outbox);
        }
    }

    /// Waits until everything is sent. Ends early when the client is gone.
    pub async fn drain(&self, outbox: &Outbox) {
        loop {
            self.flush_all(outbox);
            if self.is_behind() {
                if self.stream.writable().await.is_err() {
                    return;
                }
            } else if outbox.lock().is_empty() {
                return;
            } else {
                // Somebody else is sending in this moment.
                tokio::task::yield_now().await;
            }
        }
    }

    fn flush_all(&self, outbox: &Outbox) {
        let mut effects = Effects::new(self.log_handle.clone());
        resume(outbox.take_stalled(), &mut effects);
        self.flush(outbox, &mut effects);
        effects.finish();
    }

    fn is_behind(&self) -> bool {
        self.behind.load(Acquire)
    }

    fn send(&self, sending: &mut Sending, outbox: &Outbox, effects: &mut Effects) -> io::Result<Progress> {
        loop {
            if sending.is_done() {
                let empty = std::mem::take(&mut sending.outgoing);
                let empty = if empty.bytes.capacity() > KEPT_BUFFER { Outgoing::default() } else { empty };
                *sending = Sending::of(outbox.take(empty));
                if sending.is_done() {
                    sending.outgoing = Outgoing::default();
                    return Ok(Progress::Done);
                }
            }
            let sent = match sending.write(&self.stream) {
                Ok(sent) => sent,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Progress::Full),
                Err(error) => return Err(error),
            };
            self.traffic.sent_bytes.fetch_add(sent as u64, Relaxed);
            self.traffic.sent.fetch_add(1, Relaxed);
            if !outbox.sent(sent) {
                continue;
            }
            if effects.may_serve() {
                resume(outbox.take_stalled(), effects);
            } else {
                self.full.notify_one();
            }
        }
    }
}

enum Progress {
    Done,
    Full,
}

impl Sending {
    fn of(mut outgoing: Outgoing) -> Self {
        let shared = std::mem::take(&mut outgoing.shared);
        if shared.is_empty() {
            return Self { outgoing, ..Self::default() };
        }
        let bytes = Bytes::from(std::mem::take(&mut outgoing.bytes));
        let mut parts = VecDeque::with_capacity(2 * shared.len() + 1);
        let mut start = 0;
        for (position, body) in shared {
            if position > start {
                parts.push_back(bytes.slice(start..position));
            }
            start = position;
            parts.push_back(body);
        }
        if start < bytes.len() {
            parts.push_back(bytes.slice(start..));
        }
        Self { outgoing, sent: 0, parts }
    }

    fn is_done(&self) -> bool {
        self.parts.is_empty() && self.sent == self.outgoing.bytes.len()
    }

    fn write(&mut self, stream: &Writing) -> io::Result<usize> {
        if self.parts.is_empty() {
            let sent = stream.try_write(self.outgoing.bytes.get(self.sent..).unwrap_or_default())?;
            self.sent += sent;
            return Ok(sent);
        }
        let slices: Vec<_> = self.parts.iter().take(SLICES).map(|part| IoSlice::new(part)).collect();
        let sent = stream.try_write_vectored(&slices)?;
        let mut left = sent;
        while left > 0 {
            let Some(part) = self.parts.front_mut() else { break };
            if part.len() > left {
                let _ = part.split_to(left);
                break;
            }
            left -= part.len();
            self.parts.pop_front();
        }
        Ok(sent)
    }
}
