//! `/api/bindings`, and the bindings of a queue or an exchange.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use warren_amqp091::value::FieldTable;
use warren_api::bindings::{Binding as View, PostBinding, properties_key as key_of_routing_key};
use warren_api::encode_segment;
use warren_broker::bindings::{Binding, Destination};
use warren_broker::topology::Topology;
use warren_broker::vhosts::VHost;

use super::exchanges::ExchangePath;
use super::queues::QueuePath;
use crate::http::framework::access::{self, InVhost};
use crate::http::framework::caller::Management;
use crate::http::framework::durable::durable;
use crate::http::framework::error::ApiError;
use crate::http::framework::json::Object;
use crate::http::framework::listing::Listing;
use crate::http::framework::path::{Named, exchange_name};
use crate::http::framework::state::AppState;
use crate::http::translation::tables;

/// Bytes of the hash that tells bindings with the same key and other arguments apart.
const HASH_BYTES: usize = 9;
/// Length of a routing key, in bytes: it is an AMQP short string.
const MAX_KEY: usize = 255;

/// The two ends in a path.
#[derive(Debug, Deserialize)]
pub struct EndsPath {
    source: String,
    destination: String,
}

/// A binding in a path.
#[derive(Debug, Deserialize)]
pub struct BindingPath {
    source: String,
    destination: String,
    props: String,
}

/// Bindings of every virtual host that the caller may enter.
pub async fn list(
    Management(caller): Management,
    State(state): State<AppState>,
    query: Listing,
) -> Result<Response, ApiError> {
    let vhosts = access::entered(&state.node.broker, &caller);
    query.list(vhosts.iter().flat_map(|vhost| of_vhost(vhost)).collect::<Vec<_>>())
}

/// Bindings of one virtual host.
pub async fn list_vhost(within: InVhost, query: Listing) -> Result<Response, ApiError> {
    query.list(of_vhost(&within.vhost))
}

/// Bindings of which a queue is the destination, its implied one to the default exchange included.
pub async fn of_queue(
    within: InVhost,
    Named(path): Named<QueuePath>,
    query: Listing,
) -> Result<Response, ApiError> {
    let queue = within.vhost.queue(&path.queue).map_err(|_| ApiError::object_not_found())?;
    let topology = within.vhost.topology();
    let mut views = vec![implied(&queue.name, &within.vhost)];
    views.extend(
        topology.bindings_to(&Destination::Queue(Arc::clone(&queue.name))).map(|b| view(&b, &within.vhost)),
    );
    query.list(sorted(views))
}

/// Bindings that start at an exchange.
pub async fn from_exchange(
    within: InVhost,
    Named(path): Named<ExchangePath>,
    query: Listing,
) -> Result<Response, ApiError> {
    let topology = within.vhost.topology();
    let name = existing_exchange(&topology, &within.vhost, &path.exchange)?;
    if name.is_empty() {
        return query.list(sorted(all_implied(&topology, &within.vhost)));
    }
    query.list(sorted(topology.bindings_from(&name).map(|binding| view(&binding, &within.vhost)).collect()))
}

/// Bindings that end at an exchange.
pub async fn to_exchange(
    within: InVhost,
    Named(path): Named<ExchangePath>,
    query: Listing,
) -> Result<Response, ApiError> {
    let topology = within.vhost.topology();
    let name = existing_exchange(&topology, &within.vhost, &path.exchange)?;
    let found = topology.bindings_to(&Destination::Exchange(name));
    query.list(sorted(found.map(|binding| view(&binding, &within.vhost)).collect()))
}

/// What kind of destination a path names.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Queue,
    Exchange,
}

/// Bindings between an exchange and a queue.
pub async fn queue_list(
    within: InVhost,
    Named(path): Named<EndsPath>,
    query: Listing,
) -> Result<Response, ApiError> {
    query.list(between(&within.vhost, Kind::Queue, &path.source, &path.destination))
}

/// Bindings between two exchanges.
pub async fn exchange_list(
    within: InVhost,
    Named(path): Named<EndsPath>,
    query: Listing,
) -> Result<Response, ApiError> {
    query.list(between(&within.vhost, Kind::Exchange, &path.source, &path.destination))
}

/// Binds a queue.
pub async fn queue_post(
    within: InVhost,
    State(state): State<AppState>,
    Named(path): Named<EndsPath>,
    body: Object,
) -> Result<Response, ApiError> {
    post(within, state, Kind::Queue, path, body).await
}

/// Binds an exchange.
pub async fn exchange_post(
    within: InVhost,
    State(state): State<AppState>,
    Named(path): Named<EndsPath>,
    body: Object,
) -> Result<Response, ApiError> {
    post(within, state, Kind::Exchange, path, body).await
}

/// One binding of a queue.
pub async fn queue_get(
    within: InVhost,
    Named(path): Named<BindingPath>,
    query: Listing,
) -> Result<Response, ApiError> {
    query.one(&one(&within.vhost, Kind::Queue, &path)?)
}

/// One binding of an exchange.
pub async fn exchange_get(
    within: InVhost,
    Named(path): Named<BindingPath>,
    query: Listing,
) -> Result<Response, ApiError> {
    query.one(&one(&within.vhost, Kind::Exchange, &path)?)
}

/// Unbinds a queue.
pub async fn queue_delete(
    within: InVhost,
    State(state): State<AppState>,
    Named(path): Named<BindingPath>,
) -> Result<StatusCode, ApiError> {
    delete(within, state, Kind::Queue, path).await
}

/// Unbinds an exchange.
pub async fn exchange_delete(
    within: InVhost,
    State(state): State<AppState>,
    Named(path): Named<BindingPath>,
) -> Result<StatusCode, ApiError> {
    delete(within, state, Kind::Exchange, path).await
}

async fn post(
    within: InVhost,
    state: AppState,
    kind: Kind,
    path: EndsPath,
    body: Object,
) -> Result<Response, ApiError> {
    let body: PostBinding = body.into()?;
    if body.routing_key.len() > MAX_KEY {
        return Err(ApiError::bad_request(format!("the routing key has more than {MAX_KEY} bytes")));
    }
    let binding = Binding {
        source: exchange_name(&path.source).into(),
        destination: destination(kind, &path.destination),
        routing_key: body.routing_key.as_str().into(),
        arguments: tables::from_json(&body.arguments)?,
    };
    let key = properties_key(&binding.routing_key, &binding.arguments);
    durable(&state, within.actor().bind(binding)).await?;
    let letter = match kind {
        Kind::Queue => 'q',
        Kind::Exchange => 'e',
    };
    let [vhost, source, destination, key] =
        [&*within.vhost.name, &path.source, &path.destination, &key].map(encode_segment);
    let location = format!("../../../../{vhost}/e/{source}/{letter}/{destination}/{key}");
    let location = HeaderValue::from_str(&location).map_err(ApiError::internal)?;
    Ok((StatusCode::CREATED, [(header::LOCATION, location)]).into_response())
}

async fn delete(
    within: InVhost,
    state: AppState,
    kind: Kind,
    path: BindingPath,
) -> Result<StatusCode, ApiError> {
    let found = find(&within.vhost, kind, &path).ok_or_else(ApiError::object_not_found)?;
    if durable(&state, within.actor().unbind(&found)).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::object_not_found())
    }
}

fn destination(kind: Kind, name: &str) -> Destination {
    match kind {
        Kind::Queue => Destination::Queue(name.into()),
        Kind::Exchange => Destination::Exchange(exchange_name(name).into()),
    }
}

fn existing_exchange(topology: &Topology, vhost: &VHost, segment: &str) -> Result<Arc<str>, ApiError> {
    let found = topology.exchange(exchange_name(segment), &vhost.name);
    found.map(|exchange| Arc::clone(&exchange.name)).map_err(|_| ApiError::object_not_found())
}

/// The binding that a path names, unless it is an implied one.
fn find(vhost: &VHost, kind: Kind, path: &BindingPath) -> Option<Arc<Binding>> {
    let source = exchange_name(&path.source);
    let topology = vhost.topology();
    let mut to = topology.bindings_to(&destination(kind, &path.destination));
    let named =
        |b: &Arc<Binding>| names(&path.props, &b.routing_key, &properties_key(&b.routing_key, &b.arguments));
    to.find(|b| *b.source == *source && named(b))
}

/// Whether a path's last segment names a binding: it is the binding's properties key, or, without arguments, its
/// routing key as it stands.
fn names(segment: &str, routing_key: &str, properties_key: &str) -> bool {
    segment == properties_key || (segment == routing_key && !properties_key.contains('~'))
}

fn one(vhost: &VHost, kind: Kind, path: &BindingPath) -> Result<View, ApiError> {
    let views = between(vhost, kind, &path.source, &path.destination);
    let mut named =
        views.into_iter().filter(|view| names(&path.props, &view.routing_key, &view.properties_key));
    named.next().ok_or_else(ApiError::object_not_found)
}

fn between(vhost: &VHost, kind: Kind, source: &str, name: &str) -> Vec<View> {
    let source = exchange_name(source);
    let topology = vhost.topology();
    if source.is_empty() {
        let queue = matches!(kind, Kind::Queue).then(|| vhost.queue(name).ok()).flatten();
        return queue.iter().map(|queue| implied(&queue.name, vhost)).collect();
    }
    let to = topology.bindings_to(&destination(kind, name)).filter(|binding| *binding.source == *source);
    sorted(to.map(|binding| view(&binding, vhost)).collect())
}

fn of_vhost(vhost: &VHost) -> Vec<View> {
    let topology = vhost.topology();
    let mut views = all_implied(&topology, vhost);
    views.extend(topology.bindings().map(|binding| view(binding, vhost)));
    sorted(views)
}

/// Every queue is bound to the default exchange by its name (AMQP 0-9-1, 3.1.3.1).
fn all_implied(topology: &Topology, vhost: &VHost) -> Vec<View> {
    topology.queues().map(|queue| implied(&queue.name, vhost)).collect()
}

fn implied(queue: &str, vhost: &VHost) -> View {
    View {
        vhost: vhost.name.to_string(),
        destination: queue.to_owned(),
        destination_type: "queue".into(),
        routing_key: queue.to_owned(),
        properties_key: key_of_routing_key(queue),
        ..View::default()
    }
}

fn view(binding: &Binding, vhost: &VHost) -> View {
    let (destination_type, destination) = match &binding.destination {
        Destination::Queue(name) => ("queue", name),
        Destination::Exchange(name) => ("exchange", name),
    };
    View {
        source: binding.source.to_string(),
        vhost: vhost.name.to_string(),
        destination: destination.to_string(),
        destination_type: destination_type.into(),
        routing_key: binding.routing_key.to_string(),
        arguments: tables::to_json(&binding.arguments),
        properties_key: properties_key(&binding.routing_key, &binding.arguments),
    }
}

/// RabbitMQ's order: source, type, destination, routing key.
fn sorted(mut views: Vec<View>) -> Vec<View> {
    fn order(view: &View) -> (&str, &str, &str, &str, &str) {
        let View { source, destination_type, destination, routing_key, properties_key, .. } = view;
        (source, destination_type, destination, routing_key, properties_key)
    }
    views.sort_by(|a, b| order(a).cmp(&order(b)));
    views
}

/// What names a binding among those of the same ends: its key, and a hash of its arguments if it has any.
fn properties_key(routing_key: &str, arguments: &FieldTable) -> String {
    if arguments.is_empty() {
        return key_of_routing_key(routing_key);
    }
    let hash = Sha256::digest(arguments.to_bytes());
    let hash = URL_SAFE_NO_PAD.encode(hash.get(..HASH_BYTES).unwrap_or_default());
    let key = if routing_key.is_empty() { String::new() } else { key_of_routing_key(routing_key) };
    format!("{key}~{hash}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_make_another_key() {
        let none = FieldTable::new();
        let one: FieldTable = [("x", 1)].into_iter().collect();
        let two: FieldTable = [("x", 2)].into_iter().collect();
        assert_eq!(properties_key("", &none), "~");
        assert_eq!(properties_key("a.b", &none), "a.b");
        let key = properties_key("a.b", &one);
        assert!(key.starts_with("a.b~") && key.len() == 16, "{key}");
        assert_ne!(key, properties_key("a.b", &two));
        assert_eq!(properties_key("", &one), key.trim_start_matches("a.b"));
    }
}
