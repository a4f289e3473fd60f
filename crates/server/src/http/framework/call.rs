//! A call of an endpoint, read by its declaration, and what handles it.

use std::sync::Arc;

use axum::http::HeaderMap;
use serde::Serialize;
use serde_json::Value;
use warren_api::declaration::{Endpoint, FromPath, ListQuery};
use warren_broker::principal::Principal;
use warren_broker::state::node::broker::Broker;
use warren_broker::topology::vhosts::VHost;

use super::access::Admit;
use super::caller::Caller;
use super::error::ApiError;
use super::listing::Listing;
use super::reply::Reply;
use super::state::AppState;
use crate::node::Node;

/// What a handler answers: a reply that carries what its endpoint declares, or a refusal.
pub type Outcome<E> = Result<Reply<<E as Endpoint>::Answer>, ApiError>;

/// Answers an endpoint. The type that it is implemented for is the path of the call.
///
/// Nothing else is needed for an endpoint to be served: the router asks for an implementation for each that is
/// declared.
#[diagnostic::on_unimplemented(
    message = "the endpoint `{Self}` has no handler",
    note = "implement `Handle` for it in `http/resources/`"
)]
pub trait Handle: FromPath<Access: Admit> {
    /// Answers a call of somebody who may make it.
    fn handle(self, call: Call<Self>) -> impl Future<Output = Outcome<Self>> + Send;
}

/// A call: what its declaration says that there is, beside the parts of its path.
pub struct Call<E: Endpoint<Access: Admit>> {
    /// What handlers share.
    pub state: AppState,
    /// Who calls; `()` where anyone may.
    pub caller: <E::Access as Admit>::Caller,
    /// The virtual host of the path, which the caller may enter; `()` where the declaration does not say so.
    pub vhost: <E::Access as Admit>::Vhost,
    /// The query.
    pub query: E::Query,
    /// The body.
    pub body: E::Body,
    /// The headers.
    pub headers: HeaderMap,
}

impl<E: Endpoint<Access: Admit>> Call<E> {
    /// The node.
    pub fn node(&self) -> &Node {
        &self.state.node
    }

    /// The broker.
    pub fn broker(&self) -> &Arc<Broker> {
        &self.state.node.broker
    }
}

impl<E: Endpoint<Access: Admit<Caller = Caller, Vhost = Arc<VHost>>>> Call<E> {
    /// The caller as somebody who acts in the virtual host, with the permissions that he has there.
    pub fn principal(&self) -> Principal {
        let (broker, vhost) = (Arc::clone(self.broker()), Arc::clone(&self.vhost));
        Principal::manager(broker, vhost, self.caller.name.as_str().into(), self.caller.is_admin_socket)
    }
}

impl<T: Serialize, E: Endpoint<Access: Admit, Query = ListQuery, Answer = Vec<T>>> Call<E> {
    /// Answers with a list, as the query wants it: a page, an order, some columns. `items` are in the list's own
    /// order, and made one by one as they are written where nothing needs all of them first.
    pub fn list(&self, items: impl IntoIterator<Item = T>) -> Outcome<E> {
        Listing::read(&self.query)?.list(items)
    }
}

impl<E: Endpoint<Access: Admit, Query = ListQuery>> Call<E> {
    /// Answers with one object, of which the query may want some columns only.
    pub fn one(&self, object: &E::Answer) -> Outcome<E> {
        Ok(Listing::read(&self.query)?.one(object))
    }

    /// The same without some of its keys, for a caller who does not see them.
    pub fn one_without(&self, object: &E::Answer, hidden: &[&str]) -> Outcome<E> {
        let mut document = serde_json::to_value(object).map_err(ApiError::internal)?;
        if let Value::Object(keys) = &mut document {
            keys.retain(|key, _| !hidden.contains(&key.as_str()));
        }
        Ok(Listing::read(&self.query)?.one(&document))
    }
}
