//! Holding publishers back while memory or disk are short (RabbitMQ, blocked connection notifications): a connection
//! that publishes then is not read any more, and is told so if it wants to know.

use std::sync::atomic::Ordering::Relaxed;

use warren_protocol::method::connection;

use super::handshake::has_capability;
use super::session::Session;
use crate::alarms::InEffect;

impl Session {
    /// The alarms in effect are others than before.
    pub(super) fn alarm_changed(&mut self, alarm: InEffect) {
        self.alarm = alarm;
        if self.blocked && !alarm.any() {
            self.set_blocked(false);
            self.tell(|out| connection::Unblocked {}.write_frame(0, out));
        }
    }

    /// The client published although it should not.
    pub(super) fn block(&mut self) {
        if self.blocked {
            return;
        }
        self.set_blocked(true);
        let reason = self.alarm.reason();
        self.tell(|out| connection::Blocked { reason: &reason }.write_frame(0, out));
    }

    fn set_blocked(&mut self, blocked: bool) {
        self.blocked = blocked;
        if let Some(channels) = &self.channels {
            channels.connection().blocked.store(blocked, Relaxed);
        }
    }

    fn tell(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        if has_capability(&self.client.properties, "connection.blocked") {
            write(self.outbox.lock().bytes());
        }
        self.flush();
    }
}
