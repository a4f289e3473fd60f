//! The channels of one connection.

use std::collections::BTreeMap;
use std::sync::Arc;

use warren_broker::channel::Channel;
use warren_broker::connections::{ChannelCounters, ChannelInfo, OpenConnection};
use warren_broker::effects::Effects;
use warren_broker::principal::Principal;
use warren_model::error::Error;

/// See the module's description.
pub struct Channels {
    connection: Arc<OpenConnection>,
    principal: Arc<Principal>,
    cancel_notify: bool,
    /// Boxed, because a node of the map has room for eleven, and most connections open one.
    open: BTreeMap<u16, Box<Channel>>,
}

impl Channels {
    /// No channels yet.
    pub fn new(connection: Arc<OpenConnection>, principal: Arc<Principal>, cancel_notify: bool) -> Self {
        Self { connection, principal, cancel_notify, open: BTreeMap::new() }
    }

    /// Who acts on them.
    pub fn principal(&self) -> &Arc<Principal> {
        &self.principal
    }

    /// The connection that they belong to.
    pub fn connection(&self) -> &OpenConnection {
        &self.connection
    }

    /// The channel of that number.
    pub fn get(&mut self, number: u16) -> Option<&mut Channel> {
        self.open.get_mut(&number).map(|channel| &mut **channel)
    }

    /// Opens a channel.
    ///
    /// # Errors
    /// `NOT_ALLOWED` if the user or the node has as many as it may have.
    pub fn open(&mut self, number: u16) -> Result<(), Error> {
        let name = format!("{} ({number})", self.connection.name).into();
        let info = Arc::new(ChannelInfo { number, name, counters: ChannelCounters::default() });
        self.principal.broker().admit_channel(&self.connection, Arc::clone(&info))?;
        self.principal.broker().churn.channel_created.add();
        let outbox = Arc::clone(&self.connection.outbox);
        let channel = Box::new(Channel::new(Arc::clone(&self.principal), info, outbox, self.cancel_notify));
        self.open.insert(number, channel);
        Ok(())
    }

    /// Closes a channel; that there is none is no error.
    pub fn close(&mut self, number: u16, effects: &mut Effects) {
        self.connection.channels.lock().remove(&number);
        if let Some(mut channel) = self.open.remove(&number) {
            self.principal.broker().churn.channel_closed.add();
            channel.close(effects);
        }
    }

    /// Closes all of them and deletes the queues that were the connection's own.
    pub fn close_all(&mut self, effects: &mut Effects) {
        let numbers: Vec<_> = self.open.keys().copied().collect();
        numbers.into_iter().for_each(|number| self.close(number, effects));
        self.principal.delete_exclusive_queues();
    }

    /// The connection is no more.
    pub fn leave(&self) {
        self.principal.broker().connections.remove(self.connection.id);
    }
}
