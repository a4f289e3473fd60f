//! `/api/definitions`: everything durable but messages, out as one document and in again.

use axum::http::{HeaderValue, header};
use serde_json::Value;
use warren_api::definitions::{
    BindingDefinition, Definitions, ExchangeDefinition, Export, ExportVhost, GlobalParameter, Import,
    ImportVhost, QueueDefinition, VHostDefinition,
};
use warren_api::{Arguments, Tags};
use warren_broker::state::node::parameters::CLUSTER_NAME;
use warren_broker::topology::vhosts::VHost;
use warren_model::binding::Destination;
use warren_model::policy::Layer;

use super::overview::{PRODUCT, VERSION};
use super::{import, parameters, permissions, policies, topic_permissions, users, vhosts};
use crate::http::framework::{ApiError, AppState, Call, Handle, Outcome, Reply};
use crate::http::translation::tables;

impl Handle for Export {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let broker = call.broker();
        let mut document = Definitions {
            rabbitmq_version: Some(VERSION.into()),
            product_name: Some(PRODUCT.into()),
            product_version: Some(VERSION.into()),
            users: Some(broker.users.list().iter().map(|user| users::view(broker, user)).collect()),
            vhosts: Some(broker.vhosts().iter().map(|vhost| described(vhost)).collect()),
            permissions: Some(permissions::views(broker.permissions.list())),
            topic_permissions: Some(topic_permissions::views(broker.topic_permissions.list(|_| true))),
            global_parameters: Some(globals(&call.state)),
            ..empty()
        };
        for vhost in broker.vhosts() {
            add(&mut document, &vhost, Some(&vhost.name));
        }
        Ok(download(&document, call.query.download.as_deref()))
    }
}

impl Handle for ExportVhost {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let vhost = call.broker().vhost(&self.vhost).ok_or_else(ApiError::object_not_found)?;
        let mut document = empty();
        add(&mut document, &vhost, None);
        Ok(download(&document, call.query.download.as_deref()))
    }
}

impl Handle for Import {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        tracing::info!(by = ?call.caller.name, "definitions imported");
        import::import(&call.state, None, &call.body.0).await?;
        Ok(Reply::done())
    }
}

impl Handle for ImportVhost {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        call.broker().vhost(&self.vhost).ok_or_else(ApiError::object_not_found)?;
        tracing::info!(vhost = ?self.vhost, by = ?call.caller.name, "definitions imported");
        import::import(&call.state, Some(&self.vhost), &call.body.0).await?;
        Ok(Reply::done())
    }
}

fn empty() -> Definitions {
    Definitions { rabbit_version: VERSION.into(), ..Definitions::default() }
}

/// The global parameters, with the cluster's name whether it was given one or not.
fn globals(state: &AppState) -> Vec<GlobalParameter> {
    let mut all = parameters::globals(&state.node.broker);
    all.retain(|parameter| parameter.name != CLUSTER_NAME);
    let name = Value::from(state.node.cluster_name());
    all.insert(0, GlobalParameter { name: CLUSTER_NAME.into(), value: name });
    all
}

fn described(vhost: &VHost) -> VHostDefinition {
    let definition = vhost.definition();
    let metadata = vhosts::metadata(&definition);
    VHostDefinition {
        limits: Arguments(vhost.limits().document()),
        name: definition.name,
        description: definition.description,
        tags: Tags(definition.tags),
        default_queue_type: definition.default_queue_type,
        metadata,
    }
}

/// Adds what is in a virtual host. Queues that a connection owns and what is predeclared stay out.
fn add(document: &mut Definitions, vhost: &VHost, name: Option<&str>) {
    let name = || name.map(str::to_owned);
    let owned = |queue: &str| vhost.queue(queue).is_ok_and(|queue| queue.settings.exclusive_owner.is_some());
    document.parameters.extend(
        parameters::of_vhost(vhost, None)
            .into_iter()
            .map(|parameter| warren_api::parameters::Parameter { vhost: name(), ..parameter }),
    );
    document.policies.extend(policies::of_vhost(vhost, Layer::User).into_iter().filter_map(|policy| {
        let policy = warren_api::policies::Policy { vhost: name(), ..policy };
        serde_json::to_value(policy).ok().and_then(|policy| policy.as_object().cloned())
    }));
    let queues = vhost.queues();
    let queues = queues.iter().filter(|queue| queue.settings.exclusive_owner.is_none());
    document.queues.extend(queues.map(|queue| QueueDefinition {
        name: queue.name.to_string(),
        vhost: name(),
        durable: queue.settings.durable,
        auto_delete: queue.settings.auto_delete,
        arguments: tables::to_json(&queue.settings.arguments),
    }));
    let topology = vhost.topology();
    let mut exchanges: Vec<_> =
        topology.exchanges().filter(|exchange| !is_predeclared(&exchange.name)).collect();
    exchanges.sort_by(|a, b| a.name.cmp(&b.name));
    document.exchanges.extend(exchanges.into_iter().map(|exchange| ExchangeDefinition {
        name: exchange.name.to_string(),
        vhost: name(),
        kind: exchange.settings.kind.clone(),
        durable: exchange.settings.durable,
        auto_delete: exchange.settings.auto_delete,
        internal: exchange.settings.internal,
        arguments: tables::to_json(&exchange.settings.arguments),
    }));
    for binding in topology.bindings() {
        let (destination_type, destination) = match &binding.destination {
            Destination::Queue(queue) if owned(queue) => continue,
            Destination::Queue(queue) => ("queue", queue),
            Destination::Exchange(exchange) => ("exchange", exchange),
        };
        document.bindings.push(BindingDefinition {
            source: binding.source.to_string(),
            vhost: name(),
            destination: destination.to_string(),
            destination_type: destination_type.into(),
            routing_key: binding.routing_key.to_string(),
            arguments: tables::to_json(&binding.arguments),
        });
    }
}

/// Names that begin so are the broker's own.
fn is_predeclared(exchange: &str) -> bool {
    exchange.is_empty() || exchange.starts_with("amq.")
}

/// Lets a browser keep the answer as a file.
fn download(document: &Definitions, file: Option<&str>) -> Reply<Definitions> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let file = file.filter(|file| !file.is_empty() && file.len() <= 255 && file.chars().all(plain));
    let value = file.and_then(|file| HeaderValue::from_str(&format!("attachment; filename={file}")).ok());
    let reply = Reply::ok(document);
    match value {
        Some(value) => reply.with_header(header::CONTENT_DISPOSITION, value),
        None => reply,
    }
}
