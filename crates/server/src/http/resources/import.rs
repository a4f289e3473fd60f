//! Reading a definitions document: what it asks of the broker, item by item, each with its place in the document.
//!
//! Nothing is done here. The broker decides about all of it together, and carries out all or nothing.

use std::collections::HashSet;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use warren_api::definitions::{
    BindingDefinition, ExchangeDefinition, GlobalParameter, QueueDefinition, VHostDefinition,
};
use warren_api::parameters::Parameter;
use warren_api::permissions::Permission;
use warren_api::topic_permissions::TopicPermission;
use warren_api::users::{PutUser, User};
use warren_broker::policies::read as read_policy;
use warren_broker::queues::{QueueKind, QueueSettings};
use warren_broker::state::decide::command::{Command, TopologyCommand};
use warren_broker::state::node::broker::Broker;
use warren_broker::state::node::parameters::{CLUSTER_NAME, set as set_parameter};
use warren_broker::state::{Fault, Item};
use warren_broker::topology::exchange::ExchangeSettings;
use warren_model::access::PermissionEntry;
use warren_model::access::TopicPermissionEntry;
use warren_model::binding::{Binding, Destination};
use warren_model::change::{Change, VHostDefinition as VHostChange};
use warren_model::error::Error;
use warren_model::limits::Limits;
use warren_model::policy::{Layer, Policy};
use warren_model::value::FieldTable;

use super::users;
use crate::http::framework::{ApiError, AppState, durable};
use crate::http::translation::tables;

/// A parameter that RabbitMQ makes for itself.
const CLUSTER_ID: &str = "internal_cluster_id";

/// Adds a document to a node, or to one virtual host of it.
pub async fn import(
    state: &AppState,
    vhost: Option<&str>,
    document: &Map<String, Value>,
) -> Result<(), ApiError> {
    let broker = &state.node.broker;
    let mut reading = Reading::of(broker, vhost, document);
    reading.read();
    let Reading { items, mut faults, .. } = reading;
    if !faults.is_empty() {
        // What can be read is looked at all the same, so that everything is said at once.
        faults.extend(broker.faults(&items));
        return Err(refused(&faults));
    }
    match broker.import(&items) {
        Ok(done) => {
            for left in &done.value {
                tracing::warn!(item = left.path, why = %left.why, "not imported: it is there with other properties");
            }
            durable(state, Ok(done)).await.map(drop)
        }
        Err(faults) => Err(refused(&faults)),
    }
}

/// One refusal that tells of all faults, a line each.
fn refused(faults: &[Fault]) -> ApiError {
    if let [Fault { path, error }] = faults
        && path.is_empty()
    {
        return error.clone().into();
    }
    let lines: Vec<_> =
        faults.iter().map(|fault| format!("{}: {}", fault.path, fault.error.reason().trim())).collect();
    ApiError::bad_request(lines.join("\n"))
}

/// A document while it is read.
struct Reading<'d> {
    broker: &'d Broker,
    document: &'d Map<String, Value>,
    /// Everything goes into this virtual host.
    only: Option<&'d str>,
    /// Virtual hosts that the document brings.
    vhosts: HashSet<&'d str>,
    items: Vec<Item>,
    faults: Vec<Fault>,
}

/// What an item of a document asks for, or what is wrong with it: where in the item, and why.
type Read<T> = Result<T, (String, Error)>;

impl<'d> Reading<'d> {
    fn of(broker: &'d Broker, only: Option<&'d str>, document: &'d Map<String, Value>) -> Self {
        let vhosts = document.get("vhosts").and_then(Value::as_array).into_iter().flatten();
        let vhosts = vhosts.filter_map(|vhost| vhost.get("name")?.as_str()).collect();
        Self { broker, document, only, vhosts, items: Vec::new(), faults: Vec::new() }
    }

    fn read(&mut self) {
        if self.only.is_none() {
            self.section("users", Self::user);
            self.section("vhosts", Self::vhost);
            self.section("permissions", Self::permission);
            self.section("topic_permissions", Self::topic_permission);
            self.section("global_parameters", Self::global_parameter);
        }
        self.section("parameters", Self::parameter);
        self.section("policies", Self::policy);
        self.section("exchanges", Self::exchange);
        self.section("queues", Self::queue);
        self.section("bindings", Self::binding);
    }

    /// Reads a list of the document, if it has it.
    fn section<T: DeserializeOwned>(&mut self, name: &str, item: fn(&Self, T) -> Read<Vec<Command>>) {
        let entries = match self.document.get(name) {
            None | Some(Value::Null) => return,
            Some(Value::Array(entries)) => entries,
            Some(_) => return self.faults.push(fault(name.to_owned(), "it is no list")),
        };
        for (nth, entry) in entries.iter().enumerate() {
            let path = format!("{name}[{nth}]");
            let read = T::deserialize(entry).map_err(|why| (String::new(), refusal(&why.to_string())));
            match read.and_then(|entry| item(self, entry)) {
                Ok(commands) => {
                    let item = |command| Item { path: path.clone(), command };
                    self.items.extend(commands.into_iter().map(item));
                }
                Err((place, error)) => self.faults.push(Fault { path: path + &place, error }),
            }
        }
    }

    /// The virtual host that an item belongs to.
    fn into(&self, vhost: Option<String>) -> Read<String> {
        let given = self.only.map(str::to_owned).or(vhost);
        let name = given.ok_or_else(|| (String::new(), refusal("it names no vhost")))?;
        if self.vhosts.contains(name.as_str()) || self.broker.vhost(&name).is_some() {
            return Ok(name);
        }
        Err((".vhost".to_owned(), refusal(&format!("there is no vhost '{name}'"))))
    }

    fn user(&self, user: User) -> Read<Vec<Command>> {
        let body = PutUser {
            password: None,
            password_hash: Some(user.password_hash.clone()),
            hashing_algorithm: user.hashing_algorithm.clone(),
            tags: Some(user.tags.clone()),
        };
        let described = users::described(self.broker, &user.name, body);
        let mut commands = vec![Command::Make(Change::PutUser(described.map_err(unreadable(""))?))];
        if !user.limits.is_empty() {
            let limits = Limits::of_user(&user.limits).map_err(|why| (".limits".to_owned(), why))?;
            commands.push(Command::Make(Change::PutUserLimits { user: user.name, limits }));
        }
        Ok(commands)
    }

    fn vhost(&self, vhost: VHostDefinition) -> Read<Vec<Command>> {
        let in_metadata = |key: &str| vhost.metadata.get(key).and_then(Value::as_str).unwrap_or_default();
        let description =
            if vhost.description.is_empty() { in_metadata("description") } else { &vhost.description };
        let default_queue_type =
            vhost.default_queue_type.as_deref().unwrap_or_else(|| in_metadata("default_queue_type"));
        Ok(vec![Command::AddVHost(VHostChange {
            description: description.to_owned(),
            tags: vhost.tags.0.clone(),
            default_queue_type: Some(default_queue_type.to_owned())
                .filter(|kind| QueueKind::from_name(kind).is_some()),
            protected: vhost.metadata.get("protected_from_deletion") == Some(&Value::Bool(true)),
            name: vhost.name,
        })])
    }

    fn permission(&self, permission: Permission) -> Read<Vec<Command>> {
        let Permission { user, vhost, configure, write, read } = permission;
        let entry = PermissionEntry { user, vhost, configure, write, read };
        Ok(vec![Command::Make(Change::PutPermission(entry))])
    }

    fn topic_permission(&self, permission: TopicPermission) -> Read<Vec<Command>> {
        let TopicPermission { user, vhost, exchange, write, read } = permission;
        let entry = TopicPermissionEntry { user, vhost, exchange, write, read };
        Ok(vec![Command::Make(Change::PutTopicPermission(entry))])
    }

    /// What RabbitMQ makes for itself, and a name of a cluster that is none, has no meaning here.
    fn global_parameter(&self, parameter: GlobalParameter) -> Read<Vec<Command>> {
        let GlobalParameter { name, value } = parameter;
        let is_name = || value.as_str().is_some_and(|name| (1..=255).contains(&name.len()));
        if name == CLUSTER_ID || (name == CLUSTER_NAME && !is_name()) {
            return Ok(Vec::new());
        }
        Ok(vec![Command::Make(Change::PutGlobalParameter { name, value })])
    }

    fn parameter(&self, parameter: Parameter) -> Read<Vec<Command>> {
        let vhost = self.into(parameter.vhost)?;
        let change = set_parameter(&vhost, &parameter.component, &parameter.name, &parameter.value);
        Ok(vec![Command::Make(change.map_err(|why| (String::new(), why))?)])
    }

    fn policy(&self, policy: Map<String, Value>) -> Read<Vec<Command>> {
        let text = |key: &str| policy.get(key).and_then(Value::as_str).map(str::to_owned);
        let vhost = self.into(text("vhost"))?;
        let name = text("name").ok_or_else(|| (".name".to_owned(), refusal("it is no text")))?;
        let known = policy.iter().filter(|(key, _)| Policy::KEYS.contains(&key.as_str()));
        let known = known.map(|(key, value)| (key.clone(), value.clone())).collect();
        let policy = read_policy(&vhost, &name, &known, Layer::User);
        Ok(vec![Command::Make(Change::PutPolicy(policy.map_err(|why| (String::new(), why))?))])
    }

    fn exchange(&self, exchange: ExchangeDefinition) -> Read<Vec<Command>> {
        let settings = ExchangeSettings {
            kind: exchange.kind,
            durable: exchange.durable,
            auto_delete: exchange.auto_delete,
            internal: exchange.internal,
            arguments: arguments(&exchange.arguments)?,
        };
        let declare = TopologyCommand::DeclareExchange { name: exchange.name, settings };
        Ok(vec![Command::InVHost(self.into(exchange.vhost)?, declare)])
    }

    fn queue(&self, queue: QueueDefinition) -> Read<Vec<Command>> {
        let settings = QueueSettings {
            durable: queue.durable,
            auto_delete: queue.auto_delete,
            arguments: arguments(&queue.arguments)?,
            ..QueueSettings::default()
        };
        // A name of the broker's making is kept when its queue moves.
        let server_named = queue.name.starts_with("amq.");
        let declare = TopologyCommand::DeclareQueue { name: queue.name, settings, server_named };
        Ok(vec![Command::InVHost(self.into(queue.vhost)?, declare)])
    }

    fn binding(&self, binding: BindingDefinition) -> Read<Vec<Command>> {
        let destination = match binding.destination_type.as_str() {
            "queue" => Destination::Queue(binding.destination.into()),
            "exchange" => Destination::Exchange(binding.destination.into()),
            other => {
                let why = refusal(&format!("unknown destination type '{other}'"));
                return Err((".destination_type".to_owned(), why));
            }
        };
        let bind = TopologyCommand::Bind(Binding {
            source: binding.source.into(),
            destination,
            routing_key: binding.routing_key.into(),
            arguments: arguments(&binding.arguments)?,
        });
        Ok(vec![Command::InVHost(self.into(binding.vhost)?, bind)])
    }
}

fn arguments(object: &Map<String, Value>) -> Read<FieldTable> {
    tables::from_json(object).map_err(unreadable(".arguments"))
}

/// A refusal of the API as one of the document.
fn unreadable(place: &'static str) -> impl Fn(ApiError) -> (String, Error) {
    move |error| (place.to_owned(), refusal(&error.reason_text()))
}

fn refusal(why: &str) -> Error {
    Error::PreconditionFailed(why.to_owned())
}

fn fault(path: String, why: &str) -> Fault {
    Fault { path, error: refusal(why) }
}
