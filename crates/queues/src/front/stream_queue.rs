//! A stream as the queue that others know.

use std::sync::Arc;

use crate::front::consumer::ConsumerSettings;
use crate::front::consumer_arguments;
use crate::front::effects::Effects;
use crate::front::publish::Outcome;
use crate::front::queue::{Queue, QueueState};
use crate::front::stream::Stream;
use crate::rules::kind::QueueKind;
use warren_model::error::Error;
use warren_model::message::Message;

impl Queue {
    /// Whether a consumer may be had as `settings` say, where that depends on the kind of queue (RabbitMQ, streams:
    /// consuming). `shared` is the prefetch limit that its channel's consumers share; 0 is none.
    ///
    /// # Errors
    /// `PRECONDITION_FAILED` for bad arguments. `NOT_IMPLEMENTED` where consumers of other than classic queues share
    /// their credit. Of a stream, `PRECONDITION_FAILED` without prefetch: a stream delivers by credit; and
    /// `NOT_IMPLEMENTED` without acknowledgements, which give the credit back.
    pub fn check_consumer(&self, settings: &ConsumerSettings, shared: u16) -> Result<(), Error> {
        let (queue, vhost) = (&*self.name, &*self.vhost);
        consumer_arguments::check(self.kind, &settings.arguments, queue, vhost)?;
        if self.stream.is_none() {
            return match shared {
                1.. if self.kind != QueueKind::Classic => Err(Error::global_prefetch(queue, vhost)),
                _ => Ok(()),
            };
        }
        if settings.prefetch == 0 {
            return Err(Error::stream_without_prefetch(queue, vhost));
        }
        if settings.no_ack {
            return Err(Error::stream_without_acks(queue, vhost));
        }
        if shared != 0 {
            return Err(Error::global_prefetch(queue, vhost));
        }
        Ok(())
    }

    /// Whether messages can be taken out of it; `method` does so.
    ///
    /// # Errors
    /// `NOT_IMPLEMENTED` for a stream.
    pub fn check_takes(&self, method: &str) -> Result<(), Error> {
        match self.stream {
            Some(_) => Err(Error::not_for_streams(method, &self.name, &self.vhost)),
            None => Ok(()),
        }
    }

    pub(crate) fn publish_to_stream(
        &self,
        stream: &Arc<Stream>,
        run: &[Message<'_>],
        outcome: &mut Outcome,
        effects: &mut Effects,
    ) -> bool {
        let published = stream.publish(run, outcome, effects);
        if stream.has_age() {
            self.arm_stream(&mut self.state.lock());
        }
        published
    }

    /// Sets the timer to the time at which the stream's front becomes too old.
    pub(crate) fn arm_stream(&self, state: &mut QueueState) {
        if let Some(at) = self.stream.as_ref().and_then(|stream| stream.expires_at()) {
            self.arm_at(state, at);
        }
    }
}
