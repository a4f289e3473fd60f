//! Bindings: `/api/bindings`.

use serde::{Deserialize, Serialize};

use crate::declaration::{Body, InVhost, ListQuery, Management, endpoints};
use crate::{Arguments, encode_segment};

endpoints! {
    noun "Bindings";

    /// Bindings of all vhosts that the caller may see.
    GET "/api/bindings" => List, access: Management, query: ListQuery, answer: Vec<Binding>;
    /// Bindings of a vhost.
    GET "/api/bindings/{vhost}" => ListVhost { vhost },
        access: InVhost<Management>, query: ListQuery, answer: Vec<Binding>;
    /// Bindings of which a queue is the destination.
    GET "/api/queues/{vhost}/{queue}/bindings" => OfQueue { vhost, queue },
        access: InVhost<Management>, query: ListQuery, answer: Vec<Binding>;
    /// Bindings that start at an exchange.
    GET "/api/exchanges/{vhost}/{exchange}/bindings/source" => FromExchange { vhost, exchange },
        access: InVhost<Management>, query: ListQuery, answer: Vec<Binding>;
    /// Bindings that end at an exchange.
    GET "/api/exchanges/{vhost}/{exchange}/bindings/destination" => ToExchange { vhost, exchange },
        access: InVhost<Management>, query: ListQuery, answer: Vec<Binding>;
    /// Bindings between an exchange and a queue.
    GET "/api/bindings/{vhost}/e/{source}/q/{destination}" => ListToQueue { vhost, source, destination },
        access: InVhost<Management>, query: ListQuery, answer: Vec<Binding>;
    /// Binds a queue; 201 with the `Location` of the binding.
    POST "/api/bindings/{vhost}/e/{source}/q/{destination}" => BindQueue { vhost, source, destination },
        access: InVhost<Management>, body: PostBinding;
    /// One binding of a queue.
    GET "/api/bindings/{vhost}/e/{source}/q/{destination}/{props}"
        => GetToQueue { vhost, source, destination, props },
        access: InVhost<Management>, query: ListQuery, answer: Binding;
    /// Unbinds a queue (204).
    DELETE "/api/bindings/{vhost}/e/{source}/q/{destination}/{props}"
        => UnbindQueue { vhost, source, destination, props },
        access: InVhost<Management>;
    /// Bindings between two exchanges.
    GET "/api/bindings/{vhost}/e/{source}/e/{destination}" => ListToExchange { vhost, source, destination },
        access: InVhost<Management>, query: ListQuery, answer: Vec<Binding>;
    /// Binds an exchange; 201 with the `Location` of the binding.
    POST "/api/bindings/{vhost}/e/{source}/e/{destination}" => BindExchange { vhost, source, destination },
        access: InVhost<Management>, body: PostBinding;
    /// One binding of an exchange.
    GET "/api/bindings/{vhost}/e/{source}/e/{destination}/{props}"
        => GetToExchange { vhost, source, destination, props },
        access: InVhost<Management>, query: ListQuery, answer: Binding;
    /// Unbinds an exchange (204).
    DELETE "/api/bindings/{vhost}/e/{source}/e/{destination}/{props}"
        => UnbindExchange { vhost, source, destination, props },
        access: InVhost<Management>;
}

/// How the default exchange is written in a path, where an empty segment cannot stand.
pub const DEFAULT_EXCHANGE: &str = "amq.default";

/// A binding as it is listed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Binding {
    /// The exchange; empty for the default exchange.
    pub source: String,
    /// The vhost.
    pub vhost: String,
    /// The queue or exchange that receives.
    pub destination: String,
    /// `queue` or `exchange`.
    pub destination_type: String,
    /// The routing key.
    pub routing_key: String,
    /// Arguments, such as the headers to match.
    pub arguments: Arguments,
    /// What names this binding among those of the same two ends, in a path. See [`properties_key`].
    pub properties_key: String,
}

/// What `POST` takes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PostBinding {
    /// The routing key.
    pub routing_key: String,
    /// Arguments, such as the headers to match.
    pub arguments: Arguments,
}

impl Body for PostBinding {}

/// The key of a binding without arguments: `~` when the routing key is empty, else the key percent-encoded, with `~`
/// encoded as well and a blank as `+`. With arguments a server appends `~` and a hash of them, which only it can compute.
pub fn properties_key(routing_key: &str) -> String {
    if routing_key.is_empty() {
        "~".to_owned()
    } else {
        encode_segment(routing_key).replace('~', "%7E").replace("%20", "+")
    }
}

#[cfg(test)]
mod tests {
    use super::properties_key;

    #[test]
    fn an_empty_routing_key_is_a_tilde() {
        assert_eq!(properties_key(""), "~");
        assert_eq!(properties_key("a.b~/#"), "a.b%7E%2F%23");
        // RabbitMQ 3.10.8 answers these.
        assert_eq!(properties_key("a b+c"), "a+b%2Bc");
        assert_eq!(properties_key("a!b'c(d).*"), "a%21b%27c%28d%29.%2A");
    }
}
