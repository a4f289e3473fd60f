//! Who may call an endpoint, as its declaration says: the one place where that is enforced.

use std::sync::Arc;

use axum::extract::RawPathParams;
use warren_api::declaration::{
    Access, Administrator, Anyone, InVhost, Management, Method, Monitoring, Policymaker, Tag, TagLevel,
};
use warren_broker::state::node::broker::Broker;
use warren_broker::topology::vhosts::VHost;

use super::caller::Caller;
use super::error::ApiError;

/// What a level of access lets in, and what its handlers get of it.
pub trait Admit: Access {
    /// The caller; `()` where anyone may call.
    type Caller: Send + Sync;
    /// The virtual host that was entered; `()` where none is.
    type Vhost: Send + Sync;

    /// Lets the caller in if its tags allow it.
    fn admit(caller: Option<Caller>) -> Result<Self::Caller, ApiError>;

    /// Enters the virtual host that the path names.
    fn enter(
        broker: &Broker,
        caller: &Self::Caller,
        path: &RawPathParams,
        method: Method,
    ) -> Result<Self::Vhost, ApiError>;
}

impl Admit for Anyone {
    type Caller = ();
    type Vhost = ();

    fn admit(_: Option<Caller>) -> Result<(), ApiError> {
        Ok(())
    }

    fn enter(_: &Broker, (): &(), _: &RawPathParams, _: Method) -> Result<(), ApiError> {
        Ok(())
    }
}

impl<L: TagLevel> Admit for InVhost<L> {
    type Caller = Caller;
    type Vhost = Arc<VHost>;

    fn admit(caller: Option<Caller>) -> Result<Caller, ApiError> {
        with_tag(caller, L::NEEDED)
    }

    fn enter(
        broker: &Broker,
        caller: &Caller,
        path: &RawPathParams,
        method: Method,
    ) -> Result<Arc<VHost>, ApiError> {
        let name = path.iter().find(|(part, _)| *part == "vhost").map(|(_, name)| name);
        // Whoever may not see a virtual host is not told whether it exists.
        let vhost = name.filter(|name| may_enter(broker, caller, name)).and_then(|name| broker.vhost(name));
        let makes_something = matches!(method, Method::Put | Method::Post);
        vhost.ok_or_else(|| match makes_something && caller.is_administrator() {
            true => ApiError::vhost_not_found(),
            false => ApiError::object_not_found(),
        })
    }
}

macro_rules! tag_levels {
    ($($level:ident),+) => {
        $(
            impl Admit for $level {
                type Caller = Caller;
                type Vhost = ();

                fn admit(caller: Option<Caller>) -> Result<Caller, ApiError> {
                    with_tag(caller, $level::NEEDED)
                }

                fn enter(_: &Broker, _: &Caller, _: &RawPathParams, _: Method) -> Result<(), ApiError> {
                    Ok(())
                }
            }
        )+
    };
}

tag_levels!(Management, Policymaker, Monitoring, Administrator);

fn with_tag(caller: Option<Caller>, tag: Tag) -> Result<Caller, ApiError> {
    let caller = caller.ok_or_else(|| ApiError::unauthenticated("Login failed"))?;
    // Who has no tag at all is told that first.
    let lacks = [Tag::Management, tag].into_iter().find(|tag| !caller.has(*tag));
    lacks.map_or(Ok(caller), |tag| Err(ApiError::lacks_tag(tag)))
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
