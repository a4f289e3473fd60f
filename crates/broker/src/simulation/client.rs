//! A client without a socket: two channels, one that confirms and one with transactions, and what they hear.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use warren_model::outgoing::Outgoing;

use super::recorder::Recorder;
use crate::channel::{Channel, resume};
use crate::connections::{ChannelCounters, ChannelInfo};
use crate::delivery::Outbox;
use crate::effects::Effects;
use crate::principal::Principal;
use crate::state::node::broker::Broker;
use warren_model::message::{Body, Message, SHARED_BODY_MIN};

/// Number of the channel that confirms; the other one is the next.
pub(super) const CONFIRMING: u16 = 1;

/// What a client hears.
#[derive(Debug, Clone)]
pub(super) enum Heard {
    Confirmed {
        tag: u64,
        multiple: bool,
    },
    Refused {
        tag: u64,
        multiple: bool,
    },
    /// `consumer` is the tag of the consumer that gets it, empty for what was fetched.
    Delivery {
        channel: u16,
        consumer: String,
        tag: u64,
        redelivered: bool,
        offset: Option<u64>,
        body: Vec<u8>,
    },
    Other,
}

/// See the module's description.
pub(super) struct Client {
    pub(super) principal: Arc<Principal>,
    pub(super) confirming: Channel,
    pub(super) transactional: Channel,
    pub(super) effects: Effects,
    outbox: Arc<Outbox>,
    recorder: Recorder,
}

impl Client {
    pub(super) fn new(broker: &Arc<Broker>, id: u64) -> Self {
        let vhost = broker.vhost("/").expect("the default virtual host");
        let principal = Arc::new(Principal::client(Arc::clone(broker), vhost, "guest".into(), id));
        let recorder = Recorder::default();
        let outbox = Arc::new(Outbox::kept(Box::new(recorder.clone())));
        let channel = |number: u16| {
            let info = ChannelInfo { number, name: "".into(), counters: ChannelCounters::default() };
            Channel::new(Arc::clone(&principal), Arc::new(info), Arc::clone(&outbox), true)
        };
        let (mut confirming, mut transactional) = (channel(CONFIRMING), channel(CONFIRMING + 1));
        confirming.select_confirms().unwrap();
        transactional.select_transactions().unwrap();
        let effects = Effects::new(broker.log_handle().clone());
        Self { principal, confirming, transactional, effects, outbox, recorder }
    }

    /// Serves its consumers that were left to it, as the task of a connection does.
    pub(super) fn wake_up(&mut self) {
        resume(self.outbox.take_stalled(), &mut self.effects);
    }

    /// What came since the last call.
    pub(super) fn hear(&self) -> Vec<Heard> {
        let outgoing = self.outbox.take(Outgoing::default());
        self.outbox.sent(outgoing.len());
        self.recorder.take()
    }
}

/// Gives a message with this number as its body's beginning to `with`.
pub(super) fn with_message<T>(
    id: u64,
    length: usize,
    persistent: bool,
    to: (&str, &str),
    with: impl FnOnce(&[Message<'_>]) -> T,
) -> T {
    with_run(id..id + 1, length, persistent, to, with)
}

/// Gives messages with these numbers to `with`. All but their bodies lies in the same place, as in those that came in one read and
/// begin with the same octets.
pub(super) fn with_run<T>(
    ids: Range<u64>,
    length: usize,
    persistent: bool,
    (exchange, routing_key): (&str, &str),
    with: impl FnOnce(&[Message<'_>]) -> T,
) -> T {
    let bodies: Vec<_> = ids.map(|id| body(id, length)).collect();
    let properties: &[u8] = if persistent { &[0x10, 0, 2] } else { &[0, 0] };
    let run: Vec<_> = bodies
        .iter()
        .map(|body| Message {
            exchange,
            routing_key,
            properties,
            body: match body.len() {
                SHARED_BODY_MIN.. => Body::Shared(Bytes::from(body.clone())),
                _ => Body::Inline(body),
            },
            frames: &[],
            persistent,
            mandatory: false,
            annotated: false,
        })
        .collect();
    with(&run)
}

/// The body of a message with this number.
pub(super) fn body(id: u64, length: usize) -> Vec<u8> {
    let mut body = id.to_le_bytes().to_vec();
    body.extend((8..length.max(8)).map(|at| (id as usize * 7 + at) as u8));
    body
}

/// The number of a message; every byte of it must be right.
pub(super) fn number(received: &[u8]) -> u64 {
    let id = u64::from_le_bytes(*received.first_chunk().expect("a body"));
    assert!(received == body(id, received.len()), "the body of message {id} is damaged");
    id
}
