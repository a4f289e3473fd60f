//! What a consumer of a stream may ask for, and where it begins to read.

use std::sync::Arc;

use super::super::consumer::{Consumer, ConsumerSettings};
use super::super::queue::Queue;
use super::filter::Filter;
use super::log::Cursor;
use super::offset::{ARGUMENT, Start};
use super::reader::Reader;
use super::{State, Stream};
use crate::error::Error;

impl Queue {
    /// Whether a consumer may be had as `settings` say, where that depends on the kind of queue (RabbitMQ, streams:
    /// consuming). `shared` is the prefetch limit that its channel's consumers share; 0 is none.
    ///
    /// # Errors
    /// Of a stream, `PRECONDITION_FAILED` for an offset that means nothing, and without prefetch: a stream delivers by
    /// credit. `NOT_IMPLEMENTED` without acknowledgements, which give the credit back, and where consumers share it.
    pub(crate) fn check_consumer(&self, settings: &ConsumerSettings, shared: u16) -> Result<(), Error> {
        if self.stream.is_none() {
            return Ok(());
        }
        let (queue, vhost) = (&*self.name, &*self.vhost);
        let offset = settings.arguments.get(ARGUMENT);
        if let (None, Some(offset)) = (Start::parse(offset), offset) {
            return Err(Error::invalid_stream_offset(offset, queue, vhost));
        }
        if settings.prefetch == 0 {
            return Err(Error::stream_without_prefetch(queue, vhost));
        }
        if settings.no_ack {
            return Err(Error::stream_without_acks(queue, vhost));
        }
        if shared != 0 {
            return Err(Error::no_shared_prefetch(queue, vhost));
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
}

impl Stream {
    /// A reader for a new consumer.
    pub(super) fn reader(&self, state: &mut State, consumer: &Arc<Consumer>) -> Reader {
        // It was checked before that it means something.
        let start = Start::parse(consumer.arguments.get(ARGUMENT)).unwrap_or(Start::Next);
        let cursor = self.cursor(state, start);
        Reader::new(Arc::clone(consumer), cursor, Filter::parse(&consumer.arguments))
    }

    fn cursor(&self, state: &mut State, start: Start) -> Cursor {
        let visible_until = state.visible_until();
        let log = &mut state.log;
        match start {
            Start::First => log.seek(log.first_offset()),
            Start::Last => log.seek(log.last_offset(visible_until)),
            Start::Next => log.seek(log.next_offset),
            Start::Offset(offset) => log.seek(offset),
            Start::Time(at) => log.seek_time(at, &self.vault),
            Start::Age(age) => log.seek_time(self.clock.now().saturating_sub(age), &self.vault),
        }
    }
}
