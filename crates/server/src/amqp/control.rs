//! How management and shutdown reach a session: a request to close it.

use parking_lot::Mutex;
use tokio::sync::Notify;
use warren_broker::connections::ConnectionControl;

/// A request to close a connection, waiting for its session.
#[derive(Debug, Default)]
pub struct CloseRequest {
    asked: Mutex<Option<(u16, String)>>,
    notify: Notify,
}

impl CloseRequest {
    /// Waits for a request and returns reply code and text.
    pub async fn wait(&self) -> (u16, String) {
        loop {
            self.notify.notified().await;
            if let Some(asked) = self.asked.lock().take() {
                return asked;
            }
        }
    }
}

/// A handle on it that the broker owns.
pub struct Control(pub std::sync::Arc<CloseRequest>);

impl ConnectionControl for Control {
    fn close(&self, code: u16, text: &str) {
        self.0.asked.lock().get_or_insert_with(|| (code, text.to_owned()));
        self.0.notify.notify_one();
    }
}
