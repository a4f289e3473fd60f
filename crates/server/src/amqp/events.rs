//! What a session does with what its client sent.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::SystemTime;

use parking_lot::Mutex;
use tracing::{info, warn};
use warren_amqp091::client_writer::FrameWriter;
use warren_amqp091::connection::{ConnectionError, ErrorScope, Event};
use warren_amqp091::constants::ReplyCode;
use warren_amqp091::method::{Method, MethodId, basic, channel, connection};
use warren_amqp091::refusal::{Closes, closes, reply_code, reply_text};
use warren_broker::connections::OpenConnection;
use warren_broker::principal::Principal;
use warren_model::access::User;
use warren_model::error::Error;
use warren_model::value::Table;

use super::channels::Channels;
use super::control::Control;
use super::handshake::{credentials, has_capability};
use super::methods::{Answer, MethodHandler};
use super::publish_batch::PublishBatch;
use super::session::{Session, Stage};

impl Session {
    /// Handles events at the front of `input` until more input is needed or an answer has to wait for the log.
    /// Returns how much was consumed, and that answer.
    pub(super) fn handle(&mut self, input: &[u8]) -> (usize, Option<Answer>) {
        let mut at = 0;
        let mut out = Vec::new();
        let mut batch = PublishBatch::new();
        let mut answer = None;
        // The channel whose acknowledgements are gathered.
        let mut acking = None;
        while answer.is_none() && self.stage != Stage::Ended {
            at += batch.extend(&self.protocol, input.get(at..).unwrap_or_default());
            let rest = input.get(at..).unwrap_or_default();
            if let Some((consumed, channel, ack)) = self.protocol.handle_ack(rest) {
                at += consumed;
                self.publish(&mut batch);
                if acking != Some(channel) {
                    self.apply_acks(&mut acking);
                }
                acking = Some(channel);
                at += self.acks(channel, &ack, input.get(at..).unwrap_or_default());
                continue;
            }
            // The publish is taken out where it stands: moving the whole event first costs more than its decoding.
            match self.protocol.handle(rest, &mut out) {
                Ok((consumed, Event::Publish { channel, publish, content })) => {
                    at += consumed;
                    self.apply_acks(&mut acking);
                    if !batch.takes(channel, &publish) {
                        self.publish(&mut batch);
                    }
                    match publish.immediate {
                        false => {
                            batch.push(channel, &publish, content, rest.get(..consumed).unwrap_or_default())
                        }
                        true => self.refuse_immediate(channel, &mut batch),
                    }
                }
                Ok((_, Event::Incomplete)) => break,
                Ok((consumed, event)) => {
                    at += consumed;
                    self.apply_acks(&mut acking);
                    self.publish(&mut batch);
                    answer = self.event(event, &mut out);
                    if !out.is_empty() {
                        self.outbox.lock().bytes().append(&mut out);
                    }
                }
                Err(error) => {
                    self.apply_acks(&mut acking);
                    self.publish(&mut batch);
                    self.outbox.lock().bytes().append(&mut out);
                    self.refuse(&error);
                }
            }
        }
        self.apply_acks(&mut acking);
        self.publish(&mut batch);
        (at, answer)
    }

    /// Takes an acknowledgement, and with it those of the next deliveries that `rest` begins with. Returns how much they took of it.
    fn acks(&mut self, number: u16, first: &basic::Ack, rest: &[u8]) -> usize {
        let Some(state) = self.channels.as_mut().and_then(|channels| channels.get(number)) else { return 0 };
        let (mut at, mut last) = (0, first.delivery_tag);
        while !first.multiple
            && let Some((consumed, channel, ack)) =
                self.protocol.handle_ack(rest.get(at..).unwrap_or_default())
            && channel == number
            && !ack.multiple
            && Some(ack.delivery_tag) == last.checked_add(1)
        {
            at += consumed;
            last = ack.delivery_tag;
        }
        let done = match first.multiple {
            true => state.ack(last, true, &mut self.effects),
            false => state.ack_each(first.delivery_tag..=last, &mut self.effects),
        };
        if let Err(error) = done {
            self.refuse_channel(number, &error, basic::Ack::ID);
        }
        at
    }

    fn apply_acks(&mut self, acking: &mut Option<u16>) {
        let Some(number) = acking.take() else { return };
        if let Some(channel) = self.channels.as_mut().and_then(|channels| channels.get(number)) {
            channel.apply_acks(&mut self.effects);
        }
    }

    fn event(&mut self, event: Event<'_>, out: &mut Vec<u8>) -> Option<Answer> {
        match event {
            Event::Incomplete | Event::Continue | Event::Heartbeat | Event::Publish { .. } => {}
            Event::Authenticate { mechanism, response, client_properties, .. } => {
                self.authenticate(mechanism, response, client_properties, out);
            }
            Event::Open { vhost } => self.open(vhost, out),
            Event::ChannelOpened { channel } => {
                if let Some(Err(error)) = self.channels.as_mut().map(|channels| channels.open(channel)) {
                    // The answer that it is open.
                    out.clear();
                    self.close(reply_code(&error), &reply_text(&error), channel::Open::ID);
                }
            }
            Event::ChannelClosed { channel, .. } => {
                if let Some(channels) = &mut self.channels {
                    channels.close(channel, &mut self.effects);
                }
            }
            Event::Method { channel, method } => return self.method(channel, method, out),
            Event::PublishAssembled(mut publish) => {
                let channel = publish.channel;
                let (publish, content) = publish.parts();
                let mut batch = PublishBatch::new();
                match publish.immediate {
                    false => batch.push(channel, &publish, content, &[]),
                    true => self.refuse_immediate(channel, &mut batch),
                }
                self.publish(&mut batch);
            }
            Event::CloseRequested { code, text } => {
                info!(peer = %self.client.peer, code, text, "client closes its AMQP connection");
                self.finish();
            }
            Event::Closed => self.finish(),
        }
        None
    }

    fn finish(&mut self) {
        if let Some(channels) = &mut self.channels {
            channels.close_all(&mut self.effects);
        }
        self.stage = Stage::Ended;
    }

    fn authenticate(&mut self, mechanism: &str, response: &[u8], properties: Table<'_>, out: &mut Vec<u8>) {
        self.client.mechanism = mechanism.to_owned();
        self.client.properties = properties.to_owned();
        let user = self.login(mechanism, response);
        match user {
            Some(user) => {
                self.client.user = Some(user.name.as_str().into());
                self.protocol.authenticated(out);
            }
            None if has_capability(&self.client.properties, "authentication_failure_close") => {
                let text = format!(
                    "ACCESS_REFUSED - Login was refused using authentication mechanism {mechanism}. For details \
                     see the broker logfile."
                );
                self.close(ReplyCode::ACCESS_REFUSED, &text, MethodId::NONE);
            }
            None => self.stage = Stage::Ended,
        }
    }

    /// The user of these credentials. Why there is none stands in the log, not in the answer.
    fn login(&self, mechanism: &str, response: &[u8]) -> Option<User> {
        let peer = &self.client.peer;
        let Some((name, password)) = credentials(mechanism, response) else {
            warn!(%peer, mechanism, "login refused: unreadable credentials");
            return None;
        };
        match self.service.broker.authenticate(&name, &password, peer.ip()) {
            Ok(user) => Some(user),
            Err(error) => {
                warn!(%peer, user = name, %error, "login refused");
                None
            }
        }
    }

    fn open(&mut self, vhost: &str, out: &mut Vec<u8>) {
        let Some(user) = self.client.user.clone() else { return };
        let broker = Arc::clone(&self.service.broker);
        let vhost = match broker.open_vhost(&user, vhost) {
            Ok(vhost) => vhost,
            Err(error) => return self.close(reply_code(&error), &reply_text(&error), connection::Open::ID),
        };
        let tuning = self.protocol.tuning();
        self.outbox.lock().set_writer(Box::new(FrameWriter::new(tuning.frame_max)));
        let id = broker.connections.next_id();
        let connected_at = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_millis();
        let connection = Arc::new(OpenConnection {
            id,
            name: format!("{} -> {}", self.client.peer, self.client.host).into(),
            user: Arc::clone(&user),
            vhost: Arc::clone(&vhost.name),
            peer: self.client.peer.socket_addr(),
            host: self.client.host.socket_addr(),
            auth_mechanism: self.client.mechanism.clone(),
            client_properties: self.client.properties.clone(),
            connected_at: u64::try_from(connected_at).unwrap_or_default(),
            channel_max: tuning.channel_max,
            frame_max: tuning.frame_max,
            heartbeat: tuning.heartbeat,
            traffic: Arc::clone(&self.traffic),
            outbox: Arc::clone(&self.outbox),
            blocked: AtomicBool::new(false),
            channels: Mutex::default(),
            control: Box::new(Control(Arc::clone(&self.close_request))),
        });
        if let Err(error) = broker.admit(Arc::clone(&connection)) {
            return self.close(reply_code(&error), &reply_text(&error), connection::Open::ID);
        }
        let principal = Arc::new(Principal::client(broker, vhost, user, id));
        let notify = has_capability(&self.client.properties, "consumer_cancel_notify");
        info!(connection = %connection.name, user = %connection.user, vhost = %connection.vhost, "AMQP connection open");
        self.opened(Channels::new(connection, principal, notify));
        self.protocol.opened(out);
    }

    fn method(&mut self, channel: u16, method: Method<'_>, out: &mut Vec<u8>) -> Option<Answer> {
        if let Method::Connection(connection::Method::UpdateSecret(secret)) = method {
            self.update_secret(secret.new_secret, out);
            return None;
        }
        let channels = self.channels.as_mut()?;
        let principal = Arc::clone(channels.principal());
        let channel_state = channels.get(channel)?;
        let mut handler =
            MethodHandler { principal: &principal, channel: channel_state, effects: &mut self.effects };
        match handler.handle(method) {
            Ok(answer) if answer.position.is_some() => return Some(answer),
            Ok(answer) => out.extend_from_slice(&answer.frames),
            Err(error) => {
                self.refuse_channel(channel, &error, method.id());
            }
        }
        None
    }

    /// A new secret must be the user's password; a wrong one ends the connection (RabbitMQ,
    /// `connection.update-secret`).
    fn update_secret(&mut self, secret: &[u8], out: &mut Vec<u8>) {
        let user = self.client.user.clone().unwrap_or_default();
        match self.service.broker.authenticate(&user, secret, self.client.peer.ip()) {
            Ok(_) => connection::UpdateSecretOk {}.write_frame(0, out),
            Err(_) => self.close(
                ReplyCode::NOT_ALLOWED,
                "NOT_ALLOWED - New secret was refused",
                connection::UpdateSecret::ID,
            ),
        }
    }

    fn publish(&mut self, batch: &mut PublishBatch<'_>) {
        if batch.messages().is_empty() {
            return;
        }
        let number = batch.channel();
        let result = match self.channels.as_mut().and_then(|channels| channels.get(number)) {
            Some(channel) => channel.publish(batch.messages(), &mut self.effects),
            None => Ok(()),
        };
        match result {
            Ok(()) if self.published.last() != Some(&number) => self.published.push(number),
            Ok(()) => {}
            Err(error) => self.refuse_channel(number, &error, basic::Publish::ID),
        }
        batch.clear();
    }

    fn refuse_immediate(&mut self, channel: u16, batch: &mut PublishBatch<'_>) {
        self.publish(batch);
        let error = Error::NotImplemented("immediate=true".into());
        self.refuse_channel(channel, &error, basic::Publish::ID);
    }

    fn refuse(&mut self, error: &ConnectionError) {
        match error.scope {
            ErrorScope::Connection => self.close(error.code, &error.text, error.method),
            ErrorScope::Channel(number) => {
                self.close_channel(number, error.code, &error.text, error.method);
            }
            ErrorScope::Socket => self.stage = Stage::Ended,
        }
    }

    pub(super) fn refuse_channel(&mut self, number: u16, error: &Error, at_fault: MethodId) {
        match closes(error) {
            Closes::Connection => self.close(reply_code(error), &reply_text(error), at_fault),
            Closes::Channel => {
                self.close_channel(number, reply_code(error), &reply_text(error), at_fault);
            }
        }
    }

    /// Closes a channel from the server's side.
    pub(super) fn close_channel(&mut self, number: u16, code: ReplyCode, text: &str, at_fault: MethodId) {
        warn!(peer = %self.client.peer, channel = number, code = code.0, text, "closing channel");
        if let Some(channels) = &mut self.channels {
            channels.close(number, &mut self.effects);
        }
        let mut out = Vec::new();
        self.protocol.close_channel(number, code, text, at_fault, &mut out);
        self.outbox.lock().bytes().append(&mut out);
    }
}
