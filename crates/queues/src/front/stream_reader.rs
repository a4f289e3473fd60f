//! A consumer of a stream: it reads for itself, as far as its credit goes, and takes nothing away.

use std::sync::Arc;
use warren_model::message::Stored;

use crate::front::consumer::Consumer;
use crate::front::effects::Effects;
use crate::front::statistics::QueueStats;
use crate::pages::held::Held;
use crate::pages::page_memory::PageMemory;
use crate::stream::filter::Filter;
use crate::stream::headers::with_offset;
use crate::stream::log::{Cursor, StreamLog};

/// Bytes of messages that a filter may pass over before others get their turn.
const PASSED_OVER: usize = 1024 * 1024;

/// See the module's description.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(crate) consumer: Arc<Consumer>,
    cursor: Cursor,
    filter: Option<Filter>,
    /// It has got everything there is, and waits for more.
    pub(crate) hungry: bool,
}

/// What ends a run of deliveries.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Segment,
    Credit,
    /// Much was passed over, and nothing found for a while.
    Pause,
}

/// What serving needs besides the reader.
pub(crate) struct Serving<'s> {
    pub(crate) log: &'s mut StreamLog,
    /// Messages from this offset on are not durable yet: nobody may see them.
    pub(crate) until: u64,
    pub(crate) memory: &'s PageMemory,
    pub(crate) stats: &'s mut QueueStats,
    /// For the properties of a delivery.
    pub(crate) properties: &'s mut Vec<u8>,
}

impl Reader {
    pub(crate) fn new(consumer: Arc<Consumer>, cursor: Cursor, filter: Option<Filter>) -> Self {
        Self { consumer, cursor, filter, hungry: true }
    }

    /// Delivers as long as there is something and the consumer has credit. Disk is read with its recipient unlocked.
    pub(crate) fn serve(&mut self, serving: &mut Serving<'_>, effects: &mut Effects) {
        self.hungry = false;
        let mut passed_over = 0;
        while !self.consumer.is_cancelled() {
            if !serving.log.advance(&mut self.cursor, serving.until, serving.memory) {
                self.hungry = true;
                return;
            }
            match self.serve_segment(serving, &mut passed_over, effects) {
                End::Segment => {}
                End::Credit => return,
                End::Pause => return self.wake(),
            }
        }
    }

    fn serve_segment(
        &mut self,
        serving: &mut Serving<'_>,
        passed_over: &mut usize,
        effects: &mut Effects,
    ) -> End {
        let consumer = &*self.consumer;
        let mut out = consumer.recipient.lock();
        let mut to_send = false;
        let end = loop {
            let found = serving.log.record(&self.cursor).filter(|record| record.sequence < serving.until);
            let Some(record) = found else { break End::Segment };
            let size = record.size;
            if record.settled || record.sequence < self.cursor.offset {
                self.cursor.pass_over(size);
                continue;
            }
            if self.filter.as_ref().is_some_and(|filter| !filter.takes(record.stored.properties)) {
                self.cursor.pass(record.sequence, size);
                *passed_over += size as usize;
                if *passed_over > PASSED_OVER {
                    break End::Pause;
                }
                continue;
            }
            let (sequence, body_len) = (record.sequence, record.stored.body.len() as u32);
            let held = Held { sequence, place: self.cursor.place(), body_len, persistent: true };
            let properties = &mut *serving.properties;
            let delivered = out.deliver(consumer, 1, &mut |turn| {
                with_offset(record.stored.shown(), sequence, properties);
                turn.send(held, false, &Stored { properties, annotated: false, ..record.stored.clone() });
            });
            let Some(delivered) = delivered else { break End::Credit };
            to_send |= delivered.to_send;
            serving.stats.count_delivery(false, false);
            self.cursor.pass(sequence, size);
        };
        if to_send {
            effects.note(&consumer.recipient);
        }
        end
    }

    /// Lets the task of the consumer's connection serve it.
    pub(crate) fn wake(&mut self) {
        self.hungry = false;
        self.consumer.recipient.lock().stall(&self.consumer);
        self.consumer.recipient.wake();
    }
}
