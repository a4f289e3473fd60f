//! Where a consumer of a stream begins to read.

use std::sync::Arc;

use crate::front::consumer::Consumer;
use crate::front::stream::{State, Stream};
use crate::front::stream_reader::Reader;
use crate::stream::filter::Filter;
use crate::stream::log::Cursor;
use crate::stream::offset::{ARGUMENT, Start};

impl Stream {
    /// A reader for a new consumer.
    pub(crate) fn reader(&self, state: &mut State, consumer: &Arc<Consumer>) -> Reader {
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
            Start::Time(at) => log.seek_time(at, &self.context.memory),
            Start::Age(age) => {
                log.seek_time(self.context.clock.now().saturating_sub(age), &self.context.memory)
            }
        }
    }
}
