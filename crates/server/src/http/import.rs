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
use warren_api::users::PutUser;
use warren_broker::bindings::{Binding, Destination};
use warren_broker::definitions::{Change, VHostDefinition as VHostChange};
use warren_broker::error::Error;
use warren_broker::exchange::ExchangeSettings;
use warren_broker::journal::Durable;
use warren_broker::permissions::PermissionEntry;
use warren_broker::queues::QueueSettings;
use warren_broker::vhosts::VHost;

use super::durable::durable;
use super::error::ApiError;
use super::server::AppState;
use super::{tables, users};

/// The one parameter of the cluster that has a meaning here.
pub const CLUSTER_NAME: &str = "cluster_name";
/// A parameter that RabbitMQ makes for itself.
const CLUSTER_ID: &str = "internal_cluster_id";
/// Length of a name, in bytes: names are AMQP short strings.
const MAX_NAME: usize = 255;

/// Adds a document of a whole node.
pub async fn node(state: &AppState, document: Definitions) -> Result<(), ApiError> {
    refuse_unsupported(&document)?;
    let changes = node_changes(state, &document)?;
    durable(state, state.node.broker.change(&changes)).await?;
    if let Some(name) = given_cluster_name(&document) {
        state.node.cluster.set(&name).map_err(ApiError::internal)?;
    }
    add(state, None, document).await
}

/// Adds a document of one virtual host.
pub async fn vhost(state: &AppState, vhost: &Arc<VHost>, document: Definitions) -> Result<(), ApiError> {
    refuse_unsupported(&document)?;
    add(state, Some(vhost), document).await
}

/// What would be lost is refused instead of passed over.
fn refuse_unsupported(document: &Definitions) -> Result<(), ApiError> {
    let with_limits = document.users.iter().flatten().filter(|user| !user.limits.is_empty()).count();
    let unknown =
        |parameter: &&GlobalParameter| parameter.name != CLUSTER_NAME && parameter.name != CLUSTER_ID;
    let sections = [
        ("policies", document.policies.len()),
        ("parameters", document.parameters.len()),
        ("topic_permissions", document.topic_permissions.as_ref().map_or(0, Vec::len)),
        ("global_parameters", document.global_parameters.iter().flatten().filter(unknown).count()),
        ("users with limits", with_limits),
    ];
    let found: Vec<String> = sections
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| format!("{name} ({count})"))
        .collect();
    if found.is_empty() {
        return Ok(());
    }
    Err(ApiError::bad_request(format!(
        "the document has what this version does not support: {}; nothing was imported",
        found.join(", ")
    )))
}

fn given_cluster_name(document: &Definitions) -> Option<String> {
    let parameter =
        document.global_parameters.iter().flatten().find(|parameter| parameter.name == CLUSTER_NAME)?;
    let name = parameter.value.as_str().filter(|name| (1..=MAX_NAME).contains(&name.len()))?;
    Some(name.to_owned())
}

/// Users, virtual hosts and permissions, in the order in which they need each other.
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
    for vhost in document.vhosts.iter().flatten() {
        changes.push(Change::PutVhost(vhost_change(vhost)?));
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
    Ok(changes)
}

fn vhost_change(vhost: &VHostDefinition) -> Result<VHostChange, ApiError> {
    check_name("vhost", &vhost.name)?;
    let in_metadata = |key: &str| vhost.metadata.get(key).and_then(Value::as_str).unwrap_or_default();
    let description =
        if vhost.description.is_empty() { in_metadata("description") } else { &vhost.description };
    Ok(VHostChange {
        name: vhost.name.clone(),
        description: description.to_owned(),
        tags: vhost.tags.0.clone(),
        default_queue_type: vhost.default_queue_type.clone(),
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
