//! How management and shutdown reach a session: requests to close it, or one of its channels.

use std::collections::VecDeque;

use parking_lot::Mutex;
use tokio::sync::Notify;
use warren_broker::connections::ConnectionControl;
use warren_model::error::Error;

/// What is to be closed, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The channel; `None` is the whole connection.
    pub channel: Option<u16>,
    /// Why.
    pub reason: Error,
}

/// Requests to close, waiting for their session.
#[derive(Debug, Default)]
pub struct CloseRequest {
    asked: Mutex<VecDeque<Asked>>,
    notify: Notify,
}

impl CloseRequest {
    /// Waits for a request.
    pub async fn wait(&self) -> Asked {
        loop {
            if let Some(asked) = self.asked.lock().pop_front() {
                return asked;
            }
            self.notify.notified().await;
        }
    }

    /// Adds a request, unless the same thing is to be closed already.
    fn ask(&self, request: Asked) {
        let mut asked = self.asked.lock();
        if asked.iter().all(|other| other.channel.is_some() && other.channel != request.channel) {
            asked.push_back(request);
        }
        drop(asked);
        self.notify.notify_one();
    }
}

/// A handle on it that the broker owns.
pub struct Control(pub std::sync::Arc<CloseRequest>);

impl ConnectionControl for Control {
    fn close(&self, reason: &Error) {
        self.0.ask(Asked { channel: None, reason: reason.clone() });
    }

    fn close_channel(&self, number: u16, reason: &Error) {
        self.0.ask(Asked { channel: Some(number), reason: reason.clone() });
    }
}
