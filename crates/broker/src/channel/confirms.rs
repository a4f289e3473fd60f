//! Publisher confirms of one channel (RabbitMQ, publisher confirms). Messages are confirmed in the order of their
//! numbers, once the log is durable up to the last record that they depend on.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use parking_lot::Mutex;
use warren_model::outgoing::{ClientWriter, Outgoing};
use warren_store::{DurableWaiter, Position, StoreError};

use crate::connections::ChannelInfo;
use crate::delivery::Outbox;
use crate::effects::Effects;
use crate::log::LogHandle;
use crate::queues::Recipient;

/// See the module's description.
#[derive(Debug)]
pub(crate) struct Confirms {
    info: Arc<ChannelInfo>,
    outbox: Arc<Outbox>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Number of the message published last; the first one has 1.
    last: u64,
    /// Number up to which there was an answer.
    answered: u64,
    /// What waits for the log: position, and number of the last message that it covers.
    waiting: VecDeque<(Position, u64)>,
    /// Numbers of messages that were refused and have no answer yet.
    refused: BTreeSet<u64>,
    /// The channel is closed: there is nobody to answer.
    closed: bool,
}

impl Confirms {
    pub(crate) fn new(info: Arc<ChannelInfo>, outbox: Arc<Outbox>) -> Self {
        Self { info, outbox, state: Mutex::default() }
    }

    /// `count` more messages were published. `refused` are those of them that a full queue refused, by their index.
    pub(crate) fn published(&self, count: u64, refused: &[u32]) {
        let mut state = self.state.lock();
        let first = state.last + 1;
        state.refused.extend(refused.iter().map(|index| first + u64::from(*index)));
        state.last += count;
        drop(state);
        self.info.counters.unconfirmed.fetch_add(count, Relaxed);
    }

    /// All messages so far are confirmed once the log is durable up to `position`, at once if it is `None` and
    /// nothing else is waited for.
    pub(crate) fn wait_for(self: &Arc<Self>, position: Option<Position>, log_handle: &LogHandle) {
        let mut state = self.state.lock();
        let last = state.last;
        let covered = state.waiting.back().map_or(state.answered, |(_, covered)| *covered);
        if covered == last {
            return;
        }
        let (Some(position), Some(store)) = (position, log_handle.store()) else {
            match state.waiting.back_mut() {
                Some((_, covered)) => *covered = last,
                None => self.answer(&mut state, last, true),
            }
            return;
        };
        state.waiting.push_back((position, last));
        drop(state);
        store.when_durable(
            position,
            Arc::new(Waiter { confirms: Arc::clone(self), log_handle: log_handle.clone() }),
        );
    }

    /// No message so far that has no answer will become durable.
    pub(crate) fn refuse(&self) {
        let mut state = self.state.lock();
        state.waiting.clear();
        let last = state.last;
        self.answer(&mut state, last, false);
    }

    /// The channel is closed.
    pub(crate) fn close(&self) {
        self.state.lock().closed = true;
    }

    fn durable(&self, position: Position) {
        let mut state = self.state.lock();
        let mut due = state.answered;
        while let Some((_, covered)) = state.waiting.pop_front_if(|(waits_for, _)| *waits_for <= position) {
            due = covered;
        }
        self.answer(&mut state, due, true);
    }

    /// Writes the answer for all messages up to `due`.
    fn answer(&self, state: &mut State, due: u64, good: bool) {
        let count = due - state.answered;
        if count == 0 || state.closed {
            return;
        }
        let mut out = self.outbox.lock();
        out.tell(|writer, out| match good {
            true => self.confirm(state, due, writer, out),
            false => {
                state.refused.retain(|refused| *refused > due);
                writer.refused(out, self.info.number, due, count > 1);
            }
        });
        drop(out);
        self.info.counters.unconfirmed.fetch_sub(count, Relaxed);
        state.answered = due;
    }

    /// Confirms all messages up to `due` but those that were refused.
    fn confirm(&self, state: &mut State, due: u64, writer: &dyn ClientWriter, out: &mut Outgoing) {
        let number = self.info.number;
        let confirm = |answered: u64, due: u64, out: &mut Outgoing| {
            if due > answered {
                writer.confirmed(out, number, due, due - answered > 1);
                self.info.counters.confirm.fetch_add(due - answered, Relaxed);
            }
        };
        while let Some(refused) = state.refused.first().copied().filter(|refused| *refused <= due) {
            state.refused.pop_first();
            confirm(state.answered, refused - 1, out);
            writer.refused(out, number, refused, false);
            state.answered = refused;
        }
        confirm(state.answered, due, out);
    }
}

/// Waits for the log on behalf of the confirms of a channel, and sends them from the log's thread.
struct Waiter {
    confirms: Arc<Confirms>,
    log_handle: LogHandle,
}

impl Waiter {
    fn send(&self) {
        let mut effects = Effects::in_log(self.log_handle.clone());
        self.confirms.outbox.send(&mut effects);
        effects.finish();
    }
}

impl DurableWaiter for Waiter {
    fn durable(&self, position: Position) {
        self.confirms.durable(position);
        self.send();
    }

    fn failed(&self, _: &StoreError) {
        self.confirms.refuse();
        self.send();
    }
}
