//! What the broker tells a client, as AMQP 0-9-1 frames.

use warren_model::message::{Body, Message, Stored, StoredBody};
use warren_model::outgoing::{ClientWriter, DeliveryTarget, Fetched, Outgoing, TargetHead};
use warren_model::rows::{RowBodies, RowTemplate};

use crate::constants::{FRAME_END, FRAME_OVERHEAD, ReplyCode};
use crate::content::{write_body_start, write_content, write_content_header, write_get_ok, write_received};
use crate::delivery;
use crate::method::basic;

/// Writes frames for one client.
#[derive(Debug, Clone, Copy)]
pub struct FrameWriter {
    frame_max: u32,
}

impl FrameWriter {
    /// For a client that accepts frames up to `frame_max` (bytes, `connection.tune-ok`; 0 is no limit).
    pub fn new(frame_max: u32) -> Self {
        Self { frame_max }
    }

    /// Whether a body of that length goes into one frame.
    #[inline]
    fn fits(&self, body_len: usize) -> bool {
        self.frame_max == 0 || body_len + FRAME_OVERHEAD <= self.frame_max as usize
    }

    /// What begins at `start` and ends with a frame of this body, as a template: where the body is that one frame.
    #[inline]
    fn template(&self, out: &Outgoing, start: usize, body: &[u8]) -> Option<RowTemplate> {
        if body.is_empty() || !self.fits(body.len()) {
            return None;
        }
        let head = (out.bytes.len() - start).checked_sub(body.len() + 1)?;
        RowTemplate::of(&out.bytes, start, head, body.len(), 1)
    }

    /// Appends header and body frames of a message, the last part of what begins at `start`.
    #[inline]
    fn write_content(
        &self,
        out: &mut Outgoing,
        channel: u16,
        start: usize,
        message: &Stored<'_>,
    ) -> Option<RowTemplate> {
        match message.body {
            StoredBody::Inline(body) => {
                write_content(&mut out.bytes, channel, self.frame_max, message.shown(), body);
                self.template(out, start, body)
            }
            StoredBody::Shared(body) => {
                write_content_header(&mut out.bytes, channel, message.shown(), body.len() as u64);
                let most = match self.frame_max as usize {
                    0 => u32::MAX as usize,
                    max => max.saturating_sub(FRAME_OVERHEAD).max(1),
                };
                let mut sent = 0;
                while sent < body.len() {
                    let end = (sent + most).min(body.len());
                    write_body_start(&mut out.bytes, channel, end - sent);
                    out.push_shared(body.slice(sent..end));
                    out.bytes.push(FRAME_END);
                    sent = end;
                }
                None
            }
        }
    }
}

impl ClientWriter for FrameWriter {
    fn pass_on(
        &self,
        out: &mut Outgoing,
        head: &mut TargetHead,
        target: &DeliveryTarget<'_>,
        delivery_tag: u64,
        is_first: bool,
        message: &Message<'_>,
    ) -> Option<RowTemplate> {
        let start = out.bytes.len();
        if is_first {
            delivery::aim(head, target, message.exchange.as_bytes(), message.routing_key.as_bytes());
        }
        delivery::append(head, &mut out.bytes, delivery_tag, false);
        match message.body {
            Body::Inline(body) if !message.frames.is_empty() && self.fits(body.len()) => {
                write_received(&mut out.bytes, target.channel, message.frames, message.properties.len());
                self.template(out, start, body)
            }
            _ => self.write_content(out, target.channel, start, &Stored::from(message)),
        }
    }

    fn deliver(
        &self,
        out: &mut Outgoing,
        head: &mut TargetHead,
        target: &DeliveryTarget<'_>,
        delivery_tag: u64,
        redelivered: bool,
        message: &Stored<'_>,
    ) -> Option<RowTemplate> {
        let start = out.bytes.len();
        delivery::aim(head, target, message.exchange, message.routing_key);
        delivery::append(head, &mut out.bytes, delivery_tag, redelivered);
        self.write_content(out, target.channel, start, message)
    }

    fn deliver_row(
        &self,
        out: &mut Outgoing,
        head: &TargetHead,
        template: RowTemplate,
        delivery_tag: u64,
        bodies: RowBodies<'_>,
    ) {
        let mut tag = delivery_tag;
        template.append(&mut out.bytes, bodies, move |copy| {
            delivery::number(head, copy, tag);
            tag += 1;
        });
    }

    fn fetched(&self, out: &mut Outgoing, channel: u16, delivery_tag: u64, fetched: &Fetched<'_>) {
        let message = &fetched.message;
        let start = out.bytes.len();
        write_get_ok(
            &mut out.bytes,
            channel,
            delivery_tag,
            fetched.redelivered,
            message.exchange,
            message.routing_key,
            u32::try_from(fetched.remaining).unwrap_or(u32::MAX),
        );
        self.write_content(out, channel, start, message);
    }

    fn fetched_nothing(&self, out: &mut Outgoing, channel: u16) {
        basic::GetEmpty {}.write_frame(channel, &mut out.bytes);
    }

    fn returned(&self, out: &mut Outgoing, channel: u16, message: &Message<'_>) {
        let answer = basic::Return {
            reply_code: ReplyCode::NO_ROUTE.0,
            reply_text: "NO_ROUTE",
            exchange: message.exchange,
            routing_key: message.routing_key,
        };
        let start = out.bytes.len();
        answer.write_frame(channel, &mut out.bytes);
        self.write_content(out, channel, start, &Stored::from(message));
    }

    fn confirmed(&self, out: &mut Outgoing, channel: u16, number: u64, multiple: bool) {
        basic::Ack { delivery_tag: number, multiple }.write_frame(channel, &mut out.bytes);
    }

    fn refused(&self, out: &mut Outgoing, channel: u16, number: u64, multiple: bool) {
        let answer = basic::Nack { delivery_tag: number, multiple, requeue: false };
        answer.write_frame(channel, &mut out.bytes);
    }

    fn consuming(&self, out: &mut Outgoing, target: &DeliveryTarget<'_>) {
        let answer = basic::ConsumeOk { consumer_tag: target.consumer_tag };
        answer.write_frame(target.channel, &mut out.bytes);
    }

    fn cancelled(&self, out: &mut Outgoing, target: &DeliveryTarget<'_>) {
        let answer = basic::Cancel { consumer_tag: target.consumer_tag, nowait: true };
        answer.write_frame(target.channel, &mut out.bytes);
    }
}
