//! Letting connections and channels in, as far as the limits of node, virtual host and user permit it.

use std::sync::Arc;

use warren_model::error::Error;
use warren_model::limits::{MAX_CHANNELS, MAX_CONNECTIONS};

use super::broker::Broker;
use crate::connections::{ChannelInfo, OpenConnection};

impl Broker {
    /// Lets a connection in that a client has opened, if the limits of node, virtual host and user permit it.
    ///
    /// # Errors
    /// `NOT_ALLOWED` if one of them is reached.
    pub fn admit(&self, connection: Arc<OpenConnection>) -> Result<(), Error> {
        let of_vhost = self.vhost(&connection.vhost).and_then(|vhost| vhost.limits().get(MAX_CONNECTIONS));
        let of_user = self.user_limits.get(&connection.user).get(MAX_CONNECTIONS);
        let of_node = self.settings.limits.connections;
        self.connections.register_if(connection, |new, open| {
            let count = |limit: u64, which: &dyn Fn(&OpenConnection) -> bool| {
                open.values().filter(|connection| which(connection)).count() as u64 >= limit
            };
            if let Some(limit) = of_node.filter(|limit| open.len() as u64 >= *limit) {
                return Err(Error::node_connection_limit(limit));
            }
            if let Some(limit) = of_vhost.filter(|limit| count(*limit, &|c| c.vhost == new.vhost)) {
                return Err(Error::vhost_connection_limit(&new.vhost, &new.user, limit));
            }
            if let Some(limit) = of_user.filter(|limit| count(*limit, &|c| c.user == new.user)) {
                return Err(Error::user_connection_limit(&new.user, limit));
            }
            Ok(())
        })
    }

    /// Adds a channel to its connection, if the limits of node and user permit it.
    ///
    /// # Errors
    /// `NOT_ALLOWED` if one of them is reached.
    pub fn admit_channel(&self, connection: &OpenConnection, channel: Arc<ChannelInfo>) -> Result<(), Error> {
        let of_user = self.user_limits.get(&connection.user).get(MAX_CHANNELS);
        let of_node = self.settings.limits.channels;
        // Two channels that are opened at once shall not both be the last one.
        let _one_at_a_time = (of_user.is_some() || of_node.is_some()).then(|| self.connections.counting());
        let reached = |limit: u64, which: &dyn Fn(&OpenConnection) -> bool| {
            let open = self.connections.list();
            let channels = open.iter().filter(|connection| which(connection));
            channels.map(|connection| connection.channels.lock().len() as u64).sum::<u64>() >= limit
        };
        if let Some(limit) = of_node.filter(|limit| reached(*limit, &|_| true)) {
            return Err(Error::node_channel_limit(&self.settings.node, limit));
        }
        if let Some(limit) = of_user.filter(|limit| reached(*limit, &|c| c.user == connection.user)) {
            return Err(Error::user_channel_limit(&connection.user, limit));
        }
        connection.channels.lock().insert(channel.number, channel);
        Ok(())
    }
}
