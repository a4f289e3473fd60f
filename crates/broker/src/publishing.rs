//! The publishing side of a channel: route, hand to queues, return what went nowhere, confirm.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use warren_protocol::constants::ReplyCode;
use warren_protocol::method::basic;
use warren_protocol::properties::BasicProperties;
use warren_protocol::value::FieldTable;
use warren_store::Position;

use crate::actor::Actor;
use crate::connections::ChannelInfo;
use crate::error::Error;
use crate::journal::Durable;
use crate::message::Message;
use crate::outbox::{Outbox, Wakeups};
use crate::queues::Stored;
use crate::routes::{Epochs, Routes};
use crate::topology::Route;

/// Confirms of one channel (RabbitMQ, publisher confirms). Messages are confirmed in the order of their numbers.
#[derive(Debug, Default)]
struct Confirms {
    /// Number of the message published last; the first one has 1.
    last: u64,
    /// Number up to which confirms were written.
    written: u64,
    /// What waits for the log: position, and number of the last message that it covers.
    waiting: VecDeque<(Position, u64)>,
}

/// See the module's description.
pub(crate) struct Publisher {
    info: Arc<ChannelInfo>,
    outbox: Arc<Outbox>,
    routes: Routes,
    confirms: Option<Confirms>,
    position: Option<Position>,
}

impl Publisher {
    pub(crate) fn new(info: Arc<ChannelInfo>, outbox: Arc<Outbox>) -> Self {
        Self { info, outbox, routes: Routes::default(), confirms: None, position: None }
    }

    /// Turns confirms on.
    pub(crate) fn confirm(&mut self) {
        self.confirms.get_or_insert_default();
    }

    /// What was published last counts once this is durable.
    pub(crate) fn durable(&mut self) -> Durable<()> {
        Durable { value: (), position: self.position.take() }
    }

    /// Whether `message` may be published, without publishing it.
    ///
    /// # Errors
    /// As [`publish`](Self::publish).
    pub(crate) fn check(&mut self, actor: &Actor, message: &Message<'_>) -> Result<(), Error> {
        self.route(actor, message).map(drop)
    }

    /// Publishes messages of the same exchange and routing key.
    ///
    /// # Errors
    /// `NOT_FOUND`, `ACCESS_REFUSED` for the exchange.
    pub(crate) fn publish(
        &mut self,
        actor: &Actor,
        run: &[Message<'_>],
        wakeups: &mut Wakeups,
    ) -> Result<(), Error> {
        let Some(first) = run.first() else { return Ok(()) };
        let route = self.route(actor, first)?;
        if route.by_key_alone {
            self.enqueue(&route, run, wakeups);
        } else {
            self.enqueue(&route, &run[..1], wakeups);
            for message in run.iter().skip(1) {
                let route = actor.route(message.exchange, message.routing_key, &|| headers(message))?;
                self.enqueue(&route, std::slice::from_ref(message), wakeups);
            }
        }
        if let Some(confirms) = &mut self.confirms {
            confirms.last += run.len() as u64;
        }
        Ok(())
    }

    /// Writes the confirms that are due.
    pub(crate) fn write_confirms(&mut self) {
        let Some(confirms) = &mut self.confirms else { return };
        let due = confirms.waiting.front().map_or(confirms.last, |_| confirms.written);
        if due == confirms.written {
            return;
        }
        let ack = basic::Ack { delivery_tag: due, multiple: due > confirms.written + 1 };
        ack.write_frame(self.info.number, self.outbox.lock().bytes());
        self.info.counters.confirm.fetch_add(due - confirms.written, Relaxed);
        confirms.written = due;
    }

    fn route(&mut self, actor: &Actor, message: &Message<'_>) -> Result<Arc<Route>, Error> {
        let epochs = Epochs { topology: actor.vhost().epoch(), access: actor.access_epoch() };
        if let Some(route) = self.routes.find(epochs, message.exchange, message.routing_key) {
            return Ok(route);
        }
        actor.check_publish(message.exchange)?;
        let route = Arc::new(actor.route(message.exchange, message.routing_key, &|| headers(message))?);
        if route.by_key_alone {
            self.routes.remember(epochs, message.exchange, message.routing_key, &route);
        }
        Ok(route)
    }

    fn enqueue(&mut self, route: &Route, run: &[Message<'_>], wakeups: &mut Wakeups) {
        if route.queues.is_empty() {
            self.give_back(run);
        }
        for queue in &route.queues {
            queue.publish(run, wakeups);
        }
    }

    /// Returns the mandatory ones of messages that no queue gets (AMQP 0-9-1, `basic.return`).
    fn give_back(&self, run: &[Message<'_>]) {
        let mut out = self.outbox.lock();
        for message in run.iter().filter(|message| message.mandatory) {
            let answer = basic::Return {
                reply_code: ReplyCode::NO_ROUTE.0,
                reply_text: "NO_ROUTE",
                exchange: message.exchange,
                routing_key: message.routing_key,
            };
            answer.write_frame(self.info.number, out.bytes());
            out.write_stored(self.info.number, &Stored::from(message));
            self.info.counters.return_unroutable.fetch_add(1, Relaxed);
        }
    }
}

fn headers(message: &Message<'_>) -> Option<FieldTable> {
    BasicProperties::decode(message.properties).ok().and_then(|properties| properties.headers)
}
