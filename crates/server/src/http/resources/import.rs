//! Adding a definitions document to a node.
//!
//! All of it is checked for what cannot be imported before any of it is applied. What is there already stays: a
//! queue or exchange with other properties is left alone, users, virtual hosts and permissions are replaced.

use std::sync::Arc;

use serde_json::Value;
use warren_api::definitions::{
    BindingDefinition, Definitions, ExchangeDefinition, GlobalParameter, QueueDefinition, VHostDefinition,
};
use warren_api::permissions::Permission;
use warren_api::topic_permissions::TopicPermission;
use warren_api::users::PutUser;
use warren_broker::bindings::{Binding, Destination};
use warren_broker::definitions::{Change, VHostDefinition as VHostChange};
use warren_broker::error::Error;
use warren_broker::exchange::ExchangeSettings;
use warren_broker::journal::Durable;
use warren_broker::limits::Limits;
use warren_broker::parameters::{GlobalParameters, set as set_parameter};
use warren_broker::permissions::PermissionEntry;
use warren_broker::policies::{Layer, Policy};
use warren_broker::queues::QueueKind;
use warren_broker::queues::QueueSettings;
use warren_broker::topic_permissions::{TopicPermissionEntry, TopicPermissions};
use warren_broker::vhosts::VHost;

use super::parameters::{self, CLUSTER_NAME};
use super::users;
use crate::http::framework::{ApiError, AppState, durable};
use crate::http::translation::tables;

/// A parameter that RabbitMQ makes for itself.
const CLUSTER_ID: &str = "internal_cluster_id";
/// Length of a name, in bytes: names are AMQP short strings.
const MAX_NAME: usize = 255;

/// Adds a document of a whole node.
pub async fn node(state: &AppState, document: Definitions) -> Result<(), ApiError> {
    let mut changes = node_changes(state, &document)?;
    changes.extend(vhost_changes(&document, None)?);
    let globals = global_parameters(&document)?;
    durable(state, state.node.broker.change(&changes)).await?;
    for GlobalParameter { name, value } in globals {
        parameters::set_global(state, &name, value).await?;
    }
    add(state, None, document).await
}

/// Adds a document of one virtual host.
pub async fn vhost(state: &AppState, vhost: &Arc<VHost>, document: Definitions) -> Result<(), ApiError> {
    let changes = vhost_changes(&document, Some(&vhost.name))?;
    durable(state, state.node.broker.change(&changes)).await?;
    add(state, Some(vhost), document).await
}

/// The global parameters of a document that have a meaning here.
fn global_parameters(document: &Definitions) -> Result<Vec<GlobalParameter>, ApiError> {
    let wanted = |parameter: &&GlobalParameter| {
        let named = parameter.value.as_str().is_some_and(|name| (1..=MAX_NAME).contains(&name.len()));
        parameter.name != CLUSTER_ID && (parameter.name != CLUSTER_NAME || named)
    };
    let globals: Vec<_> = document.global_parameters.iter().flatten().filter(wanted).cloned().collect();
    for parameter in &globals {
        GlobalParameters::check_name(&parameter.name)?;
    }
    Ok(globals)
}

/// Policies and parameters, of the virtual host that each of them names, or of the one given.
fn vhost_changes(document: &Definitions, only: Option<&str>) -> Result<Vec<Change>, ApiError> {
    let mut changes = Vec::new();
    for parameter in &document.parameters {
        let vhost = only.or(parameter.vhost.as_deref());
        let vhost = vhost.ok_or_else(|| ApiError::bad_request("a parameter names no vhost"))?;
        changes.push(set_parameter(vhost, &parameter.component, &parameter.name, &parameter.value)?);
    }
    for policy in &document.policies {
        let text = |key: &str| policy.get(key).and_then(Value::as_str);
        let (Some(vhost), Some(name)) = (only.or(text("vhost")), text("name")) else {
            return Err(ApiError::bad_request("a policy has no name or names no vhost"));
        };
        let known = policy.iter().filter(|(key, _)| Policy::KEYS.contains(&key.as_str()));
        let known = known.map(|(key, value)| (key.clone(), value.clone())).collect();
        changes.push(Change::PutPolicy(Policy::read(vhost, name, &known, Layer::User)?));
    }
    Ok(changes)
}

/// Users, virtual hosts and permissions, in the order in which they need each other. What refers to a user or virtual host
/// that neither the node nor the document has is refused.
fn node_changes(state: &AppState, document: &Definitions) -> Result<Vec<Change>, ApiError> {
    let broker = &state.node.broker;
    let mut changes = Vec::new();
    for user in document.users.iter().flatten() {
        let body = PutUser {
            password: None,
            password_hash: Some(user.password_hash.clone()),
            hashing_algorithm: user.hashing_algorithm.clone(),
            tags: Some(user.tags.clone()),
        };
        let user = users::described(broker, &user.name, body)?;
        user.check()?;
        changes.push(Change::PutUser(user));
    }
    for user in document.users.iter().flatten().filter(|user| !user.limits.is_empty()) {
        let limits = Limits::of_user(&user.limits)?;
        changes.push(Change::PutUserLimits { user: user.name.clone(), limits });
    }
    for vhost in document.vhosts.iter().flatten() {
        changes.push(Change::PutVhost(vhost_change(vhost)?));
        if broker.vhost(&vhost.name).is_none() {
            changes.extend(broker.vhost_defaults(&vhost.name)?);
        }
    }
    let has_vhost = |name: &str| {
        broker.vhost(name).is_some() || document.vhosts.iter().flatten().any(|vhost| vhost.name == name)
    };
    let has_user = |name: &str| {
        broker.users.contains(name) || document.users.iter().flatten().any(|user| user.name == name)
    };
    for permission in document.permissions.iter().flatten() {
        let Permission { user, vhost, configure, write, read } = permission.clone();
        if !has_user(&user) || !has_vhost(&vhost) {
            return Err(ApiError::bad_request(format!(
                "a permission is for user '{user}' and vhost '{vhost}', of which one does not exist"
            )));
        }
        changes.push(Change::PutPermission(PermissionEntry { user, vhost, configure, write, read }));
    }
    for permission in document.topic_permissions.iter().flatten() {
        let TopicPermission { user, vhost, exchange, write, read } = permission.clone();
        if !has_user(&user) || !has_vhost(&vhost) {
            return Err(ApiError::bad_request(format!(
                "a topic permission is for user '{user}' and vhost '{vhost}', of which one does not exist"
            )));
        }
        let entry = TopicPermissionEntry { user, vhost, exchange, write, read };
        TopicPermissions::check(&entry)?;
        changes.push(Change::PutTopicPermission(entry));
    }
    let of_policies = document.policies.iter().map(|policy| policy.get("vhost").and_then(Value::as_str));
    let of_parameters = document.parameters.iter().map(|parameter| parameter.vhost.as_deref());
    if let Some(vhost) = of_policies.chain(of_parameters).flatten().find(|vhost| !has_vhost(vhost)) {
        return Err(ApiError::bad_request(format!("there is no vhost '{vhost}'")));
    }
    Ok(changes)
}

fn vhost_change(vhost: &VHostDefinition) -> Result<VHostChange, ApiError> {
    check_name("vhost", &vhost.name)?;
    let in_metadata = |key: &str| vhost.metadata.get(key).and_then(Value::as_str).unwrap_or_default();
    let description =
        if vhost.description.is_empty() { in_metadata("description") } else { &vhost.description };
    let default_queue_type =
        vhost.default_queue_type.as_deref().unwrap_or_else(|| in_metadata("default_queue_type"));
    Ok(VHostChange {
        name: vhost.name.clone(),
        description: description.to_owned(),
        tags: vhost.tags.0.clone(),
        default_queue_type: Some(default_queue_type.to_owned())
            .filter(|kind| QueueKind::from_name(kind).is_some()),
        protected: vhost.metadata.get("protected_from_deletion") == Some(&Value::Bool(true)),
    })
}

/// Adds exchanges, queues and bindings: to the given virtual host, else to the one that each of them names.
async fn add(state: &AppState, only: Option<&Arc<VHost>>, document: Definitions) -> Result<(), ApiError> {
    let into = |name: Option<&str>| match (only, name) {
        (Some(vhost), _) => Ok(Arc::clone(vhost)),
        (None, Some(name)) => {
            let found = state.node.broker.vhost(name);
            found.ok_or_else(|| ApiError::bad_request(format!("there is no vhost '{name}'")))
        }
        (None, None) => Err(ApiError::bad_request("an item names no vhost")),
    };
    let mut last = None;
    for exchange in document.exchanges {
        last = declare_exchange(&*into(exchange.vhost.as_deref())?, exchange)?.or(last);
    }
    for queue in document.queues {
        last = declare_queue(&*into(queue.vhost.as_deref())?, queue)?.or(last);
    }
    for binding in document.bindings {
        last = bind(&*into(binding.vhost.as_deref())?, binding)?.or(last);
    }
    // The log is in order: what came last is durable when all is.
    durable(state, Ok(Durable { value: (), position: last })).await
}

type Position = Option<warren_store::Position>;

fn declare_exchange(vhost: &VHost, exchange: ExchangeDefinition) -> Result<Position, ApiError> {
    check_name("exchange", &exchange.name)?;
    let settings = ExchangeSettings {
        kind: exchange.kind,
        durable: exchange.durable,
        auto_delete: exchange.auto_delete,
        internal: exchange.internal,
        arguments: tables::from_json(&exchange.arguments)?,
    };
    unless_different(&exchange.name, vhost.declare_exchange(&exchange.name, settings))
}

fn declare_queue(vhost: &VHost, queue: QueueDefinition) -> Result<Position, ApiError> {
    check_name("queue", &queue.name)?;
    let settings = QueueSettings {
        durable: queue.durable,
        auto_delete: queue.auto_delete,
        arguments: tables::from_json(&queue.arguments)?,
        ..QueueSettings::default()
    };
    // A name of the broker's making is kept when its queue moves.
    let server_named = queue.name.starts_with("amq.");
    unless_different(&queue.name, vhost.declare_queue(&queue.name, settings, server_named))
}

fn bind(vhost: &VHost, binding: BindingDefinition) -> Result<Position, ApiError> {
    let destination = match binding.destination_type.as_str() {
        "queue" => Destination::Queue(binding.destination.into()),
        "exchange" => Destination::Exchange(binding.destination.into()),
        other => return Err(ApiError::bad_request(format!("unknown destination type '{other}'"))),
    };
    if binding.routing_key.len() > MAX_NAME {
        return Err(ApiError::bad_request(format!("a routing key has more than {MAX_NAME} bytes")));
    }
    let binding = Binding {
        source: binding.source.into(),
        destination,
        routing_key: binding.routing_key.into(),
        arguments: tables::from_json(&binding.arguments)?,
    };
    Ok(vhost.bind(binding)?.position)
}

/// What is there with other properties is left alone, as RabbitMQ does it, but not in silence.
fn unless_different<T>(name: &str, declared: Result<Durable<T>, Error>) -> Result<Position, ApiError> {
    match declared {
        Ok(durable) => Ok(durable.position),
        Err(error @ (Error::PreconditionFailed(_) | Error::ResourceLocked(_)))
            if error.reason().contains("inequivalent arg") || matches!(error, Error::ResourceLocked(_)) =>
        {
            tracing::warn!(?name, reason = ?error.reason(), "not imported: it is there with other properties");
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

fn check_name(what: &str, name: &str) -> Result<(), ApiError> {
    if (1..=MAX_NAME).contains(&name.len()) {
        return Ok(());
    }
    Err(ApiError::bad_request(format!("the name of a {what} has 1 to {MAX_NAME} bytes")))
}
