//! Which virtual hosts a caller sees, and in whose name he acts in them.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::Method;
use axum::http::request::Parts;
use serde::Deserialize;
use warren_broker::actor::Actor;
use warren_broker::broker::Broker;
use warren_broker::vhosts::VHost;

use super::caller::{Caller, Management};
use super::error::ApiError;
use super::path::Named;
use super::state::AppState;

/// The virtual host of the path, and a caller who may see it.
pub struct InVhost {
    /// The caller.
    pub caller: Caller,
    /// The virtual host.
    pub vhost: Arc<VHost>,
    broker: Arc<Broker>,
}

#[derive(Deserialize)]
struct Segment {
    vhost: String,
}

impl FromRequestParts<AppState> for InVhost {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let Management(caller) = Management::from_request_parts(parts, state).await?;
        let Named(Segment { vhost }) = Named::from_request_parts(parts, state).await?;
        let broker = Arc::clone(&state.node.broker);
        // Whoever may not see a virtual host is not told whether it exists.
        let vhost = broker.vhost(&vhost).filter(|vhost| may_enter(&broker, &caller, &vhost.name));
        let makes_something = matches!(parts.method, Method::PUT | Method::POST);
        let vhost = vhost.ok_or_else(|| match makes_something && caller.is_administrator() {
            true => ApiError::vhost_not_found(),
            false => ApiError::object_not_found(),
        })?;
        Ok(Self { caller, vhost, broker })
    }
}

impl InVhost {
    /// The caller as somebody who acts in the virtual host, with the permissions that he has there.
    pub fn actor(&self) -> Actor {
        let (broker, vhost) = (Arc::clone(&self.broker), Arc::clone(&self.vhost));
        Actor::manager(broker, vhost, self.caller.name.as_str().into(), self.caller.local)
    }

    /// The broker.
    pub fn broker(&self) -> &Arc<Broker> {
        &self.broker
    }
}

/// Administrators enter every virtual host; others those in which they have permissions.
fn may_enter(broker: &Broker, caller: &Caller, vhost: &str) -> bool {
    caller.is_administrator() || broker.permissions.has_access(&caller.name, vhost)
}

/// The virtual hosts whose exchanges, queues and bindings a caller sees, by name.
pub fn entered(broker: &Broker, caller: &Caller) -> Vec<Arc<VHost>> {
    broker.vhosts().into_iter().filter(|vhost| may_enter(broker, caller, &vhost.name)).collect()
}

/// The virtual hosts that a caller sees in the list of them: with the tag `monitoring` all.
pub fn listed(broker: &Broker, caller: &Caller) -> Vec<Arc<VHost>> {
    if caller.is_monitor() { broker.vhosts() } else { entered(broker, caller) }
}
