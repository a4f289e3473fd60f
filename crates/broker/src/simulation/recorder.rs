//! A client's protocol of the simulation: it keeps what the client is told instead of writing frames, and only fills the outbox with as
//! much as a protocol might.

use std::sync::Arc;

use parking_lot::Mutex;
use warren_model::message::{Message, Stored, StoredBody};
use warren_model::outgoing::{ClientWriter, DeliveryTarget, Fetched, Outgoing, TargetHead};
use warren_model::properties::RawProperties;
use warren_model::rows::{RowBodies, RowTemplate};
use warren_model::value::ValueRef;

use super::client::Heard;

/// Octets that stand for what a protocol writes ahead of a body.
const HEAD: [u8; 40] = [0; 40];
/// Octets that stand for what it writes behind it.
const TAIL: [u8; 1] = [0];

/// See the module's description.
#[derive(Debug, Default, Clone)]
pub(super) struct Recorder(Arc<Mutex<Vec<Heard>>>);

impl Recorder {
    /// What came since the last call.
    pub(super) fn take(&self) -> Vec<Heard> {
        std::mem::take(&mut self.0.lock())
    }

    fn hear(&self, heard: Heard) {
        self.0.lock().push(heard);
    }

    fn hear_delivery(
        &self,
        out: &mut Outgoing,
        target: &DeliveryTarget<'_>,
        tag: u64,
        redelivered: bool,
        message: &Stored<'_>,
    ) -> Option<RowTemplate> {
        let start = out.bytes.len();
        out.bytes.extend_from_slice(&HEAD);
        let (template, body) = match message.body {
            StoredBody::Inline(body) => {
                out.bytes.extend_from_slice(body);
                out.bytes.extend_from_slice(&TAIL);
                let template = RowTemplate::of(&out.bytes, start, HEAD.len(), body.len(), TAIL.len());
                (template.filter(|_| !body.is_empty()), body.to_vec())
            }
            StoredBody::Shared(body) => {
                out.push_shared(body.clone());
                out.bytes.extend_from_slice(&TAIL);
                (None, body.to_vec())
            }
        };
        let (channel, consumer) = (target.channel, target.consumer_tag.to_owned());
        let offset = offset_in(message.shown());
        self.hear(Heard::Delivery { channel, consumer, tag, redelivered, offset, body });
        template
    }
}

/// The offset that a stream gave a message.
fn offset_in(properties: &[u8]) -> Option<u64> {
    match RawProperties::new(properties).headers()?.get("x-stream-offset")? {
        ValueRef::LongLongInt(offset) => u64::try_from(offset).ok(),
        _ => None,
    }
}

impl ClientWriter for Recorder {
    fn pass_on(
        &self,
        out: &mut Outgoing,
        _: &mut TargetHead,
        target: &DeliveryTarget<'_>,
        delivery_tag: u64,
        _: bool,
        message: &Message<'_>,
    ) -> Option<RowTemplate> {
        self.hear_delivery(out, target, delivery_tag, false, &Stored::from(message))
    }

    fn deliver(
        &self,
        out: &mut Outgoing,
        _: &mut TargetHead,
        target: &DeliveryTarget<'_>,
        delivery_tag: u64,
        redelivered: bool,
        message: &Stored<'_>,
    ) -> Option<RowTemplate> {
        self.hear_delivery(out, target, delivery_tag, redelivered, message)
    }

    fn deliver_row(
        &self,
        out: &mut Outgoing,
        _: &TargetHead,
        template: RowTemplate,
        delivery_tag: u64,
        bodies: RowBodies<'_>,
    ) {
        template.append(&mut out.bytes, bodies, |_| {});
        let mut heard = self.0.lock();
        let Some(Heard::Delivery { channel, consumer, redelivered, tag: last, .. }) = heard.last().cloned()
        else {
            panic!("a row begins with a delivery");
        };
        assert_eq!(delivery_tag, last + 1, "a row goes on with the next tag");
        for (tag, body) in (delivery_tag..).zip(bodies.iter()) {
            let (consumer, body) = (consumer.clone(), body.to_vec());
            heard.push(Heard::Delivery { channel, consumer, tag, redelivered, offset: None, body });
        }
    }

    fn fetched(&self, out: &mut Outgoing, channel: u16, delivery_tag: u64, fetched: &Fetched<'_>) {
        let target = DeliveryTarget { channel, consumer_tag: "" };
        self.hear_delivery(out, &target, delivery_tag, fetched.redelivered, &fetched.message);
    }

    fn fetched_nothing(&self, _: &mut Outgoing, _: u16) {
        self.hear(Heard::Other);
    }

    fn returned(&self, _: &mut Outgoing, _: u16, _: &Message<'_>) {
        self.hear(Heard::Other);
    }

    fn confirmed(&self, _: &mut Outgoing, _: u16, number: u64, multiple: bool) {
        self.hear(Heard::Confirmed { tag: number, multiple });
    }

    fn refused(&self, _: &mut Outgoing, _: u16, number: u64, multiple: bool) {
        self.hear(Heard::Refused { tag: number, multiple });
    }

    fn consuming(&self, _: &mut Outgoing, _: &DeliveryTarget<'_>) {
        self.hear(Heard::Other);
    }

    fn cancelled(&self, _: &mut Outgoing, _: &DeliveryTarget<'_>) {
        self.hear(Heard::Other);
    }
}
