//! The consuming side of a channel: consumers come and go, and messages are fetched.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use warren_model::error::Error;
use warren_model::outgoing::Fetched;

use super::channel::Channel;
use crate::delivery::{OutboxState, target_of};
use crate::direct_reply_to::REPLY_TO;
use crate::effects::Effects;
use crate::log::Durable;
use crate::queues::{Consumer, ConsumerChannel, ConsumerSettings, Queue};

impl Channel {
    /// Starts a consumer and, unless `nowait`, writes `basic.consume-ok` ahead of its first delivery.
    ///
    /// # Errors
    /// `NOT_ALLOWED` for a tag in use, `NOT_FOUND`, `ACCESS_REFUSED`, `RESOURCE_LOCKED` for the queue.
    pub fn consume(
        &mut self,
        queue: &str,
        mut settings: ConsumerSettings,
        nowait: bool,
        effects: &mut Effects,
    ) -> Result<(), Error> {
        self.consumers.retain(|_, consumer| !consumer.is_cancelled());
        if settings.tag.is_empty() {
            settings.tag = self.principal.broker().unique_name("amq.ctag-");
        }
        if self.consumers.contains_key(&settings.tag) {
            return Err(Error::consumer_tag_in_use(&settings.tag));
        }
        let queue = match queue {
            REPLY_TO => self.open_replies(&settings)?,
            queue => self.principal.readable_queue(self.queue_name(queue)?)?,
        };
        settings.prefetch = self.info.counters.prefetch.load(Relaxed) as u16;
        let shared = self.outbox.lock().channel(self.info.number).map_or(0, |channel| channel.prefetch());
        queue.check_consumer(&settings, shared)?;
        let consumer = self.attach(&queue, settings)?;
        let answer = || {
            if !nowait {
                self.outbox.lock().tell(|writer, out| writer.consuming(out, &target_of(&consumer)));
            }
        };
        if let Err(error) = queue.add_consumer(&consumer, answer, effects) {
            self.detach(&consumer);
            return Err(error);
        }
        self.consumers.insert(consumer.tag.clone(), consumer);
        Ok(())
    }

    /// Ends a consumer (AMQP 0-9-1, `basic.cancel`); that there is none is no error. What it has not acknowledged
    /// stays so.
    pub fn cancel(&mut self, tag: &str, effects: &mut Effects) -> Durable<()> {
        match self.consumers.remove(tag) {
            Some(consumer) => self.end_consumer(&consumer, effects),
            None => Durable::now(()),
        }
    }

    /// Fetches a message (AMQP 0-9-1, `basic.get`) and writes the answer.
    ///
    /// # Errors
    /// `NOT_FOUND`, `ACCESS_REFUSED`, `RESOURCE_LOCKED` for the queue.
    pub fn get(&mut self, queue: &str, no_ack: bool, effects: &mut Effects) -> Result<(), Error> {
        let queue = self.principal.readable_queue(self.queue_name(queue)?)?;
        queue.check_get()?;
        let number = self.info.number;
        let fetched = self.fetch(&queue, no_ack, effects, |out, tag, fetched| {
            out.tell(|writer, out| writer.fetched(out, number, tag, fetched));
        });
        if !fetched {
            self.outbox.lock().tell(|writer, out| writer.fetched_nothing(out, number));
        }
        Ok(())
    }

    /// Fetches a message for whoever writes no answer: `take` gets it with its delivery tag. `false` if nothing is ready.
    pub fn fetch(
        &self,
        queue: &Arc<Queue>,
        no_ack: bool,
        effects: &mut Effects,
        take: impl FnOnce(&mut OutboxState, u64, &Fetched<'_>),
    ) -> bool {
        queue.get(no_ack, effects, |held, fetched| {
            let mut out = self.outbox.lock();
            let Some(tag) = out.fetched(self.info.number, queue, held, no_ack) else { return false };
            take(&mut out, tag, fetched);
            true
        })
    }

    fn attach(&self, queue: &Arc<Queue>, settings: ConsumerSettings) -> Result<Arc<Consumer>, Error> {
        let origin = ConsumerChannel {
            number: self.info.number,
            name: Arc::clone(&self.info.name),
            user: Arc::clone(self.principal.user()),
            recipient: self.outbox.clone(),
            cancel_notify: self.cancel_notify,
        };
        let mut out = self.outbox.lock();
        let deliveries = out.channel(self.info.number).ok_or_else(|| Error::internal("channel is closed"))?;
        let slot = deliveries.reserve_slot(queue);
        let consumer = Arc::new(Consumer::new(settings, Arc::clone(queue), origin, slot));
        deliveries.attach(&consumer);
        Ok(consumer)
    }

    fn detach(&self, consumer: &Arc<Consumer>) {
        if let Some(deliveries) = self.outbox.lock().channel(self.info.number) {
            deliveries.detach(consumer);
        }
    }

    /// The queue that direct replies to this channel come through.
    fn open_replies(&mut self, settings: &ConsumerSettings) -> Result<Arc<Queue>, Error> {
        if !settings.no_ack {
            return Err(Error::reply_consumer_acknowledges());
        }
        if self.consumers.values().any(|consumer| consumer.queue.name.starts_with(REPLY_TO)) {
            return Err(Error::reply_consumer_set());
        }
        let name = self.principal.broker().unique_name(&format!("{REPLY_TO}."));
        let queue = self.principal.vhost().open_replies(&name, self.principal.connection());
        self.publisher.set_replies(Some(Arc::clone(&queue)));
        Ok(queue)
    }

    pub(super) fn end_consumer(&mut self, consumer: &Arc<Consumer>, effects: &mut Effects) -> Durable<()> {
        let last = consumer.queue.remove_consumer(consumer, effects);
        self.detach(consumer);
        if consumer.queue.name.starts_with(REPLY_TO) {
            self.publisher.set_replies(None);
            self.principal.vhost().close_replies(&consumer.queue);
        }
        let gone = last.then(|| self.principal.vhost().delete_queue(&consumer.queue, true, false));
        match gone {
            Some(Ok(durable)) => durable.map(drop),
            _ => Durable::now(()),
        }
    }
}
