//! `/api/bindings`, and the bindings of a queue or an exchange.

use std::sync::Arc;

use axum::http::{HeaderValue, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use warren_api::bindings::{
    BindExchange, BindQueue, Binding as View, FromExchange, GetToExchange, GetToQueue, List, ListToExchange,
    ListToQueue, ListVhost, OfQueue, PostBinding, ToExchange, UnbindExchange, UnbindQueue,
    properties_key as key_of_routing_key,
};
use warren_api::encode_segment;
use warren_broker::topology::Topology;
use warren_broker::topology::vhosts::VHost;
use warren_model::binding::{Binding, Destination};
use warren_model::value::FieldTable;

use super::exchanges::exchange_name;
use crate::http::framework::{ApiError, Call, Handle, Outcome, Reply, durable, entered};
use crate::http::translation::tables;

/// Bytes of the hash that tells bindings with the same key and other arguments apart.
const HASH_BYTES: usize = 9;

impl Handle for List {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let vhosts = entered(call.broker(), &call.caller);
        call.list(vhosts.iter().flat_map(|vhost| of_vhost(vhost)))
    }
}

impl Handle for ListVhost {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        call.list(of_vhost(&call.vhost))
    }
}

/// The implied binding to the default exchange is among them.
impl Handle for OfQueue {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let vhost = &call.vhost;
        let queue = vhost.queue(&self.queue).map_err(|_| ApiError::object_not_found())?;
        let topology = vhost.topology();
        let bound = topology.bindings_to(&Destination::Queue(Arc::clone(&queue.name)));
        let mut views = vec![implied(&queue.name, vhost)];
        views.extend(bound.map(|binding| view(&binding, vhost)));
        call.list(sorted(views))
    }
}

impl Handle for FromExchange {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let vhost = &call.vhost;
        let topology = vhost.topology();
        let name = existing_exchange(&topology, vhost, &self.exchange)?;
        if name.is_empty() {
            return call.list(sorted(all_implied(&topology, vhost)));
        }
        call.list(sorted(topology.bindings_from(&name).map(|binding| view(&binding, vhost)).collect()))
    }
}

impl Handle for ToExchange {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let vhost = &call.vhost;
        let topology = vhost.topology();
        let name = existing_exchange(&topology, vhost, &self.exchange)?;
        let found = topology.bindings_to(&Destination::Exchange(name));
        call.list(sorted(found.map(|binding| view(&binding, vhost)).collect()))
    }
}

/// Bindings to queues and to exchanges are handled alike.
macro_rules! bindings_to {
    ($kind:expr => $list:ident, $bind:ident, $get:ident, $unbind:ident) => {
        impl Handle for $list {
            async fn handle(self, call: Call<Self>) -> Outcome<Self> {
                call.list(Ends::new($kind, &self.source, &self.destination).bindings(&call.vhost))
            }
        }

        impl Handle for $bind {
            async fn handle(self, call: Call<Self>) -> Outcome<Self> {
                let ends = Ends::new($kind, &self.source, &self.destination);
                let binding = ends.binding(&call.body)?;
                let location = ends.location(&call.vhost, &binding)?;
                durable(&call.state, call.principal().bind(binding)).await?;
                Ok(Reply::created().with_header(header::LOCATION, location))
            }
        }

        impl Handle for $get {
            async fn handle(self, call: Call<Self>) -> Outcome<Self> {
                let views = Ends::new($kind, &self.source, &self.destination).bindings(&call.vhost);
                let named = |view: &&View| names(&self.props, &view.routing_key, &view.properties_key);
                call.one(views.iter().find(named).ok_or_else(ApiError::object_not_found)?)
            }
        }

        impl Handle for $unbind {
            async fn handle(self, call: Call<Self>) -> Outcome<Self> {
                let ends = Ends::new($kind, &self.source, &self.destination);
                let found = ends.find(&call.vhost, &self.props).ok_or_else(ApiError::object_not_found)?;
                match durable(&call.state, call.principal().unbind(&found)).await? {
                    true => Ok(Reply::done()),
                    false => Err(ApiError::object_not_found()),
                }
            }
        }
    };
}

bindings_to!(Kind::Queue => ListToQueue, BindQueue, GetToQueue, UnbindQueue);
bindings_to!(Kind::Exchange => ListToExchange, BindExchange, GetToExchange, UnbindExchange);

/// What kind of destination a path names.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Queue,
    Exchange,
}

/// The two ends that a path names, as they stand there.
#[derive(Debug, Clone, Copy)]
struct Ends<'p> {
    source: &'p str,
    kind: Kind,
    destination: &'p str,
}

impl<'p> Ends<'p> {
    fn new(kind: Kind, source: &'p str, destination: &'p str) -> Self {
        Self { source, kind, destination }
    }

    fn destination(&self) -> Destination {
        match self.kind {
            Kind::Queue => Destination::Queue(self.destination.into()),
            Kind::Exchange => Destination::Exchange(exchange_name(self.destination).into()),
        }
    }

    /// All bindings between them.
    fn bindings(&self, vhost: &VHost) -> Vec<View> {
        let source = exchange_name(self.source);
        let topology = vhost.topology();
        if source.is_empty() {
            let queue =
                matches!(self.kind, Kind::Queue).then(|| vhost.queue(self.destination).ok()).flatten();
            return queue.iter().map(|queue| implied(&queue.name, vhost)).collect();
        }
        let to = topology.bindings_to(&self.destination()).filter(|binding| *binding.source == *source);
        sorted(to.map(|binding| view(&binding, vhost)).collect())
    }

    /// The binding that the last segment of a path names, unless it is an implied one.
    fn find(&self, vhost: &VHost, segment: &str) -> Option<Arc<Binding>> {
        let source = exchange_name(self.source);
        let topology = vhost.topology();
        let mut to = topology.bindings_to(&self.destination());
        let named =
            |b: &Arc<Binding>| names(segment, &b.routing_key, &properties_key(&b.routing_key, &b.arguments));
        to.find(|b| *b.source == *source && named(b))
    }

    /// The binding that a body asks for.
    fn binding(&self, body: &PostBinding) -> Result<Binding, ApiError> {
        Ok(Binding {
            source: exchange_name(self.source).into(),
            destination: self.destination(),
            routing_key: body.routing_key.as_str().into(),
            arguments: tables::from_json(&body.arguments)?,
        })
    }

    /// Where a binding is found, from where it was made.
    fn location(&self, vhost: &VHost, binding: &Binding) -> Result<HeaderValue, ApiError> {
        let letter = match self.kind {
            Kind::Queue => 'q',
            Kind::Exchange => 'e',
        };
        let key = properties_key(&binding.routing_key, &binding.arguments);
        let [vhost, source, destination, key] =
            [&*vhost.name, self.source, self.destination, &key].map(encode_segment);
        let location = format!("../../../../{vhost}/e/{source}/{letter}/{destination}/{key}");
        HeaderValue::from_str(&location).map_err(ApiError::internal)
    }
}

fn existing_exchange(topology: &Topology, vhost: &VHost, segment: &str) -> Result<Arc<str>, ApiError> {
    let found = topology.exchange(exchange_name(segment), &vhost.name);
    found.map(|exchange| Arc::clone(&exchange.name)).map_err(|_| ApiError::object_not_found())
}

/// Whether a path's last segment names a binding: it is the binding's properties key, or, without arguments, its
/// routing key as it stands.
fn names(segment: &str, routing_key: &str, properties_key: &str) -> bool {
    segment == properties_key || (segment == routing_key && !properties_key.contains('~'))
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
