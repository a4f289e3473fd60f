//! The publishing side of a channel: route, hand to queues, return what went nowhere, confirm.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use warren_store::Position;

use super::confirms::Confirms;
use super::properties;
use super::routes::{Epochs, Routes};
use crate::connections::ChannelInfo;
use crate::delivery::Outbox;
use crate::direct_reply_to;
use crate::effects::Effects;
use crate::principal::Principal;
use crate::queues::{Outcome, Queue};
use crate::topology::Route;
use crate::topology::forwarding::{keys_of, log};
use warren_model::error::Error;
use warren_model::message::Message;
use warren_model::message::annotations::Annotations;
use warren_model::message::cc_bcc::{self, CcBcc};

/// See the module's description.
pub(crate) struct Publisher {
    info: Arc<ChannelInfo>,
    outbox: Arc<Outbox>,
    routes: Routes,
    confirms: Option<Arc<Confirms>>,
    /// What became of the run at hand in its queues.
    outcome: Outcome,
    /// Where direct replies to this channel go.
    replies: Option<Arc<Queue>>,
    /// Something was given to the log since the confirms were last told.
    logged: bool,
}

impl Publisher {
    pub(crate) fn new(info: Arc<ChannelInfo>, outbox: Arc<Outbox>) -> Self {
        Self {
            info,
            outbox,
            routes: Routes::default(),
            confirms: None,
            outcome: Outcome::default(),
            replies: None,
            logged: false,
        }
    }

    /// Turns confirms on.
    pub(crate) fn confirm(&mut self) {
        let (info, outbox) = (&self.info, &self.outbox);
        self.confirms.get_or_insert_with(|| Arc::new(Confirms::new(Arc::clone(info), Arc::clone(outbox))));
    }

    /// Direct replies to this channel go to `queue`, or nowhere any more.
    pub(crate) fn set_replies(&mut self, queue: Option<Arc<Queue>>) {
        self.replies = queue;
    }

    /// The channel is closed: nobody is there to confirm to.
    pub(crate) fn close(&self) {
        if let Some(confirms) = &self.confirms {
            confirms.close();
        }
    }

    /// Whether `message` may be published, without publishing it.
    ///
    /// # Errors
    /// As [`publish`](Self::publish).
    pub(crate) fn check(&mut self, principal: &Principal, message: &Message<'_>) -> Result<(), Error> {
        self.route(principal, message)?;
        properties::check(principal, message).map(drop)
    }

    /// Publishes messages of the same exchange and routing key, up to the first that is refused.
    ///
    /// # Errors
    /// `NOT_FOUND`, `ACCESS_REFUSED` for the exchange; `PRECONDITION_FAILED` for properties.
    pub(crate) fn publish(
        &mut self,
        principal: &Principal,
        run: &[Message<'_>],
        effects: &mut Effects,
    ) -> Result<(), Error> {
        let Some(first) = run.first() else { return Ok(()) };
        let route = self.route(principal, first)?;
        let (mut run, mut refused, mut plain) = (run, Ok(()), route.by_key_alone);
        for (at, message) in run.iter().enumerate() {
            if properties::are_plain(message) {
                continue;
            }
            match properties::check(principal, message) {
                Ok(copied) => plain &= !copied && !direct_reply_to::is_request(message),
                Err(error) => {
                    (run, refused) = (run.get(..at).unwrap_or_default(), Err(error));
                    break;
                }
            }
        }
        if plain {
            self.enqueue(&route, run, effects);
        } else {
            for message in run {
                self.publish_one(principal, &route, message, effects)?;
            }
        }
        refused
    }

    /// Confirms what was published since the last call, once the log is durable up to `position`: the end of what was
    /// appended since then, or the failure to append it.
    pub(crate) fn settle_confirms(&mut self, position: Result<Option<Position>, Error>, effects: &Effects) {
        let logged = std::mem::take(&mut self.logged);
        let Some(confirms) = &self.confirms else { return };
        match position {
            Ok(position) => confirms.wait_for(position.filter(|_| logged), effects.log_handle()),
            Err(_) if logged => confirms.refuse(),
            Err(_) => confirms.wait_for(None, effects.log_handle()),
        }
    }

    fn route(&mut self, principal: &Principal, message: &Message<'_>) -> Result<Arc<Route>, Error> {
        let epochs = Epochs { topology: principal.vhost().epoch(), access: principal.access_epoch() };
        if let Some(route) = self.routes.find(epochs, message.exchange, message.routing_key) {
            return Ok(route);
        }
        principal.check_publish(message.exchange, message.routing_key)?;
        let (exchange, key) = (message.exchange, message.routing_key);
        let route = Arc::new(principal.vhost().route(exchange, &[key], message.properties)?);
        // If the key alone does not decide, it is remembered still that this was permitted.
        self.routes.remember(epochs, exchange, key, &route);
        Ok(route)
    }

    /// Publishes a message that goes its own way: it has more keys, asks for a direct reply and gets the channel's own
    /// address, or its exchange looks at more than its key.
    fn publish_one(
        &mut self,
        principal: &Principal,
        by_key: &Route,
        message: &Message<'_>,
        effects: &mut Effects,
    ) -> Result<(), Error> {
        let (mut copies, mut addressed, mut shown) = (CcBcc::default(), None, None);
        let mut whole = message.properties;
        if direct_reply_to::is_request(message) {
            let name = &self.replies.as_ref().ok_or_else(Error::no_reply_consumer)?.name;
            whole = addressed.insert(direct_reply_to::address(whole, name));
        }
        if cc_bcc::may_have(message) {
            copies = cc_bcc::of(message)?;
            shown = cc_bcc::without_blind(whole);
        }
        if by_key.by_key_alone && copies == CcBcc::default() {
            let properties = shown.as_deref().unwrap_or(whole);
            let message = Message { properties, frames: &[], ..message.clone() };
            self.enqueue(by_key, std::slice::from_ref(&message), effects);
            return Ok(());
        }
        let vhost = principal.vhost();
        let whole = Message { properties: whole, frames: &[], ..message.clone() };
        let annotated =
            shown.as_mut().is_some_and(|properties| copies.note(Annotations::default(), properties));
        let properties = shown.as_deref().unwrap_or(whole.properties);
        let shown = Message { properties, annotated, ..whole.clone() };
        let mut route = vhost.route(message.exchange, &keys_of(message, &copies), shown.properties)?;
        let now = vhost.context.clock.now();
        if route.filter.as_ref().is_some_and(|filter| filter.drops(shown.properties, now)) {
            route = Route::default();
        }
        self.logged |= route.keep(&whole, &shown, now, effects);
        self.enqueue(&route, std::slice::from_ref(&shown), effects);
        Ok(())
    }

    fn enqueue(&mut self, route: &Route, run: &[Message<'_>], effects: &mut Effects) {
        if route.leads_nowhere() {
            self.give_back(run);
        }
        for queue in &route.queues {
            queue.publish(run, &mut self.outcome, effects);
        }
        if !self.outcome.entries.is_empty() {
            self.logged = true;
            log(
                run,
                &mut self.outcome,
                route.queues.first().map_or(0, |queue| queue.context().clock.now()),
                effects,
            );
        }
        if let Some(confirms) = &self.confirms {
            confirms.published(run.len() as u64, &self.outcome.refused);
        }
        self.outcome.refused.clear();
    }

    /// Returns the mandatory ones of messages that no queue gets (AMQP 0-9-1, `basic.return`).
    fn give_back(&self, run: &[Message<'_>]) {
        let mut out = self.outbox.lock();
        for message in run.iter().filter(|message| message.mandatory) {
            out.tell(|writer, out| writer.returned(out, self.info.number, message));
            self.info.counters.return_unroutable.fetch_add(1, Relaxed);
        }
    }
}
