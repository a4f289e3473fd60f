//! A channel: publishing, consuming and acknowledging for one client (AMQP 0-9-1 §4.3).
//!
//! It belongs to its connection's task. What others do to it (deliveries) goes through the outbox.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use hashbrown::HashMap;
use warren_store::Position;

use super::publishing::Publisher;
use crate::connections::ChannelInfo;
use crate::delivery::Outbox;
use crate::delivery::Settled;
use crate::effects::Effects;
use crate::log::Durable;
use crate::principal::Principal;
use crate::queues::Consumer;
use warren_model::error::Error;
use warren_model::message::{Message, OwnedMessage};

/// Publishes and acknowledgements that one transaction may hold; more are refused, because they rest in memory.
const TRANSACTION_LIMIT: usize = 100_000;

/// What the channel promises its client about publishes and acknowledgements.
#[derive(Debug, Default)]
enum Mode {
    #[default]
    Plain,
    /// Publisher confirms (RabbitMQ, `confirm.select`).
    Confirm,
    /// Transactions (AMQP 0-9-1, `tx.select`).
    Transaction(Transaction),
}

#[derive(Debug, Default)]
struct Transaction {
    publishes: Vec<OwnedMessage>,
    settlements: Vec<(u64, bool, Verdict)>,
}

/// What becomes of deliveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// They are done (`basic.ack`).
    Ack,
    /// They go back to their queue, and nothing is wrong with them (`basic.nack` with `requeue`).
    Requeue,
    /// They go back to their queue because they could not be handled (`basic.reject` with `requeue`, or the channel is
    /// gone).
    Fail,
    /// They are refused for good (`basic.nack`, `basic.reject` without `requeue`).
    Discard,
}

/// See the module's description.
pub struct Channel {
    pub(super) principal: Arc<Principal>,
    pub(super) info: Arc<ChannelInfo>,
    pub(super) outbox: Arc<Outbox>,
    pub(super) cancel_notify: bool,
    mode: Mode,
    pub(super) publisher: Publisher,
    pub(super) consumers: HashMap<String, Arc<Consumer>>,
    last_queue: Option<String>,
    /// Acknowledged, and not yet told to the queues.
    acked: Settled,
}

impl Channel {
    /// Opens a channel for `principal`.
    pub fn new(
        principal: Arc<Principal>,
        info: Arc<ChannelInfo>,
        outbox: Arc<Outbox>,
        cancel_notify: bool,
    ) -> Self {
        outbox.lock().open_channel(info.number);
        let publisher = Publisher::new(Arc::clone(&info), Arc::clone(&outbox));
        Self {
            principal,
            info,
            outbox,
            cancel_notify,
            mode: Mode::Plain,
            publisher,
            consumers: HashMap::new(),
            last_queue: None,
            acked: Settled::default(),
        }
    }

    /// Its number.
    pub fn number(&self) -> u16 {
        self.info.number
    }

    /// The name that an empty queue name stands for: the queue declared last (AMQP 0-9-1, `queue.bind.queue`).
    ///
    /// # Errors
    /// `NOT_FOUND` if none was declared on this channel.
    pub fn queue_name<'n>(&'n self, name: &'n str) -> Result<&'n str, Error> {
        match (name, &self.last_queue) {
            ("", Some(last)) => Ok(last),
            ("", None) => Err(Error::no_previous_queue()),
            (name, _) => Ok(name),
        }
    }

    /// A queue was declared.
    pub fn set_last_queue(&mut self, name: &str) {
        self.last_queue = Some(name.to_owned());
    }

    /// Publishes messages of the same exchange and routing key.
    ///
    /// # Errors
    /// `NOT_FOUND`, `ACCESS_REFUSED` for the exchange; in a transaction also `RESOURCE_ERROR` when it holds too much.
    pub fn publish(&mut self, run: &[Message<'_>], effects: &mut Effects) -> Result<(), Error> {
        self.info.counters.publish.fetch_add(run.len() as u64, Relaxed);
        if let Mode::Transaction(transaction) = &mut self.mode {
            if transaction.publishes.len() + run.len() > TRANSACTION_LIMIT {
                return Err(Error::transaction_too_large());
            }
            for message in run {
                self.publisher.check(&self.principal, message)?;
            }
            transaction.publishes.extend(run.iter().map(OwnedMessage::from));
            return Ok(());
        }
        self.publisher.publish(&self.principal, run, effects)
    }

    /// Confirms what was published since the last call once the log is durable up to `position`, where the records
    /// of the batch end. Call it at the end of a batch.
    pub fn settle_confirms(&mut self, position: Result<Option<Position>, Error>, effects: &Effects) {
        self.publisher.settle_confirms(position, effects);
    }

    /// Turns publisher confirms on.
    ///
    /// # Errors
    /// `PRECONDITION_FAILED` in a transactional channel.
    pub fn select_confirms(&mut self) -> Result<(), Error> {
        if matches!(self.mode, Mode::Transaction(_)) {
            return Err(Error::PreconditionFailed("cannot switch from tx to confirm mode".into()));
        }
        self.mode = Mode::Confirm;
        self.publisher.confirm();
        self.info.counters.confirm_mode.store(true, Relaxed);
        Ok(())
    }

    /// Turns transactions on.
    ///
    /// # Errors
    /// `PRECONDITION_FAILED` in a confirming channel.
    pub fn select_transactions(&mut self) -> Result<(), Error> {
        match self.mode {
            Mode::Confirm => {
                return Err(Error::PreconditionFailed("cannot switch from confirm to tx mode".into()));
            }
            Mode::Plain => self.mode = Mode::Transaction(Transaction::default()),
            Mode::Transaction(_) => {}
        }
        self.info.counters.transactional.store(true, Relaxed);
        Ok(())
    }

    /// Does what was said since the last commit or rollback. The answer has to wait for the log.
    ///
    /// # Errors
    /// `PRECONDITION_FAILED` if the channel is not transactional; what publishing refuses.
    pub fn commit(&mut self, effects: &mut Effects) -> Result<Durable<()>, Error> {
        let transaction = self.take_transaction()?;
        for message in &transaction.publishes {
            self.publisher.publish(&self.principal, &[message.as_message()], effects)?;
        }
        for (tag, multiple, verdict) in transaction.settlements {
            self.settle_now(tag, multiple, verdict, effects)?;
        }
        Ok(Durable { value: (), position: effects.append_early()? })
    }

    /// Forgets what was said since the last commit or rollback.
    ///
    /// # Errors
    /// `PRECONDITION_FAILED` if the channel is not transactional.
    pub fn rollback(&mut self) -> Result<(), Error> {
        self.take_transaction().map(drop)
    }

    /// Acknowledges, returns or refuses deliveries.
    ///
    /// # Errors
    /// `PRECONDITION_FAILED` for an unknown delivery tag.
    pub fn settle(
        &mut self,
        tag: u64,
        multiple: bool,
        verdict: Verdict,
        effects: &mut Effects,
    ) -> Result<(), Error> {
        let Mode::Transaction(transaction) = &mut self.mode else {
            return self.settle_now(tag, multiple, verdict, effects);
        };
        if transaction.settlements.len() >= TRANSACTION_LIMIT {
            return Err(Error::transaction_too_large());
        }
        if let Some(deliveries) = self.outbox.lock().channel(self.info.number) {
            deliveries.check(tag, multiple)?;
        }
        transaction.settlements.push((tag, multiple, verdict));
        Ok(())
    }

    /// Acknowledges deliveries, but leaves their queues to [`apply_acks`](Self::apply_acks): acknowledgements that
    /// come together are applied together.
    ///
    /// # Errors
    /// As [`settle`](Self::settle).
    pub fn ack(&mut self, tag: u64, multiple: bool, effects: &mut Effects) -> Result<(), Error> {
        if matches!(self.mode, Mode::Transaction(_)) {
            return self.settle(tag, multiple, Verdict::Ack, effects);
        }
        match self.outbox.lock().channel(self.info.number) {
            Some(deliveries) => deliveries.settle(tag, multiple, &mut self.acked),
            None => Ok(()),
        }
    }

    /// Acknowledges deliveries one by one, as [`ack`](Self::ack).
    ///
    /// # Errors
    /// As [`settle`](Self::settle), for the first delivery tag that is unknown; those before it are acknowledged.
    pub fn ack_each(&mut self, tags: RangeInclusive<u64>, effects: &mut Effects) -> Result<(), Error> {
        if matches!(self.mode, Mode::Transaction(_)) {
            return tags.into_iter().try_for_each(|tag| self.settle(tag, false, Verdict::Ack, effects));
        }
        match self.outbox.lock().channel(self.info.number) {
            Some(deliveries) => deliveries.settle_each(tags, &mut self.acked),
            None => Ok(()),
        }
    }

    /// Tells the queues what was acknowledged since the last call. Call it before anything but another
    /// acknowledgement.
    pub fn apply_acks(&mut self, effects: &mut Effects) {
        let acked = std::mem::take(&mut self.acked);
        self.apply(acked, Verdict::Ack, effects);
    }

    /// Puts all unacknowledged deliveries back (AMQP 0-9-1, `basic.recover` with `requeue`).
    pub fn recover(&mut self, effects: &mut Effects) {
        let settled = self.outbox.lock().channel(self.info.number).map(|deliveries| deliveries.settle_all());
        self.apply(settled.unwrap_or_default(), Verdict::Requeue, effects);
    }

    /// Sets prefetch limits (`basic.qos`): of the consumers that come, or with `global` of the channel.
    pub fn set_prefetch(&mut self, count: u16, global: bool, effects: &mut Effects) {
        if !global {
            self.info.counters.prefetch.store(u64::from(count), Relaxed);
            return;
        }
        let resumed = self.outbox.lock().channel(self.info.number).map(|c| c.set_prefetch(count));
        resume(resumed.unwrap_or_default(), effects);
    }

    /// Pauses or resumes deliveries (AMQP 0-9-1, `channel.flow`).
    pub fn set_flow(&mut self, active: bool, effects: &mut Effects) {
        let resumed = self.outbox.lock().channel(self.info.number).map(|c| c.set_active(active));
        resume(resumed.unwrap_or_default(), effects);
    }

    /// Ends the channel: consumers leave, unacknowledged deliveries go back.
    pub fn close(&mut self, effects: &mut Effects) {
        self.publisher.close();
        self.apply_acks(effects);
        for (_, consumer) in std::mem::take(&mut self.consumers) {
            let _ = self.end_consumer(&consumer, effects);
        }
        let deliveries = self.outbox.lock().close_channel(self.info.number);
        if let Some(mut deliveries) = deliveries {
            self.apply(deliveries.settle_all(), Verdict::Fail, effects);
        }
    }

    fn take_transaction(&mut self) -> Result<Transaction, Error> {
        match &mut self.mode {
            Mode::Transaction(transaction) => Ok(std::mem::take(transaction)),
            _ => Err(Error::PreconditionFailed("channel is not transactional".into())),
        }
    }

    fn settle_now(
        &self,
        tag: u64,
        multiple: bool,
        verdict: Verdict,
        effects: &mut Effects,
    ) -> Result<(), Error> {
        let mut settled = Settled::default();
        if let Some(deliveries) = self.outbox.lock().channel(self.info.number) {
            deliveries.settle(tag, multiple, &mut settled)?;
        }
        self.apply(settled, verdict, effects);
        Ok(())
    }

    fn apply(&self, settled: Settled, verdict: Verdict, effects: &mut Effects) {
        for settlement in &settled.settlements {
            match verdict {
                Verdict::Requeue | Verdict::Fail => {
                    settlement.queue.requeue(&settlement.entries, verdict == Verdict::Fail, effects);
                }
                Verdict::Ack | Verdict::Discard => {
                    match verdict {
                        Verdict::Ack => settlement.queue.settle(&settlement.entries, effects),
                        _ => settlement.queue.reject(&settlement.entries, effects),
                    }
                    self.info.counters.ack.fetch_add(settlement.entries.len() as u64, Relaxed);
                }
            }
        }
        resume(settled.resumed, effects);
    }
}

/// Serves consumers that may have credit again. No lock may be held.
pub fn resume(consumers: Vec<Arc<Consumer>>, effects: &mut Effects) {
    for consumer in consumers {
        consumer.queue.resume(&consumer, effects);
    }
}
