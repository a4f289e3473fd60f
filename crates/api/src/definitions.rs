//! Definitions: everything durable but messages, as one document. `/api/definitions`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::declaration::{Administrator, Body, endpoints, query};
pub use crate::parameters::GlobalParameter;
use crate::parameters::Parameter;
use crate::permissions::Permission;
use crate::topic_permissions::TopicPermission;
use crate::users::User;
use crate::{Arguments, Tags};

endpoints! {
    /// A document that RabbitMQ exported can be imported. All of it is applied or nothing: what is wrong, and parameters of
    /// components that are not there, is refused with 400, and the reason has a line for each fault, with its place in the
    /// document: `queues[3].arguments: …`.
    noun "Definitions";

    /// Exports the node.
    GET "/api/definitions" => Export, access: Administrator, query: Download, answer: Definitions;
    /// Adds what a document holds (204); what is there with other properties stays as it is.
    POST "/api/definitions" => Import, access: Administrator, body: Document;
    /// Exports queues, exchanges, bindings, policies and parameters of a vhost, without its name.
    GET "/api/definitions/{vhost}" => ExportVhost { vhost },
        access: Administrator, query: Download, answer: Definitions;
    /// Adds queues, exchanges, bindings, policies and parameters to a vhost (204).
    POST "/api/definitions/{vhost}" => ImportVhost { vhost }, access: Administrator, body: Document;
}

query! {
    /// How an export is to be sent.
    pub struct Download {
        /// Name of the file under which a browser shall keep it.
        "download" => download: Option<String>,
    }
}

/// The document, as RabbitMQ exports it (<https://www.rabbitmq.com/docs/definitions>). An export of one vhost lacks the
/// sections that belong to the node.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Definitions {
    /// Version of the server that wrote it.
    pub rabbit_version: String,
    /// The same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rabbitmq_version: Option<String>,
    /// Name of the product that wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_name: Option<String>,
    /// Version of the product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_version: Option<String>,
    /// Users with their password hashes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub users: Option<Vec<User>>,
    /// Vhosts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vhosts: Option<Vec<VHostDefinition>>,
    /// Permissions of users in vhosts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Vec<Permission>>,
    /// Permissions on routing keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic_permissions: Option<Vec<TopicPermission>>,
    /// Runtime parameters.
    pub parameters: Vec<Parameter>,
    /// Runtime parameters of the whole cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub global_parameters: Option<Vec<GlobalParameter>>,
    /// Policies. They are read as they stand, because what one lacks has to be told from what is empty.
    pub policies: Vec<Map<String, Value>>,
    /// Queues that no connection owns.
    pub queues: Vec<QueueDefinition>,
    /// Exchanges that are not predeclared.
    pub exchanges: Vec<ExchangeDefinition>,
    /// Bindings, without those to the default exchange.
    pub bindings: Vec<BindingDefinition>,
}

/// A document of definitions as it came: [`Definitions`] in JSON. It is read item by item, so that each fault is told
/// with its place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Document(pub Map<String, Value>);

impl Body for Document {}

/// A vhost.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VHostDefinition {
    /// The name.
    pub name: String,
    /// What it is for.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Tags that an operator gave it.
    #[serde(skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
    /// Type of queues that are declared without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_queue_type: Option<String>,
    /// Its limits.
    #[serde(skip_serializing_if = "Arguments::is_empty")]
    pub limits: Arguments,
    /// `description`, `tags` and others once more, as RabbitMQ 3.11 and later has them.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub metadata: Map<String, Value>,
}

/// A queue.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct QueueDefinition {
    /// The name.
    pub name: String,
    /// The vhost; absent in a document of one vhost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vhost: Option<String>,
    /// Whether it survives a restart.
    pub durable: bool,
    /// Whether it goes with its last consumer.
    pub auto_delete: bool,
    /// `x-` arguments.
    pub arguments: Arguments,
}

/// An exchange.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExchangeDefinition {
    /// The name.
    pub name: String,
    /// The vhost; absent in a document of one vhost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vhost: Option<String>,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it survives a restart.
    pub durable: bool,
    /// Whether it goes with its last binding.
    pub auto_delete: bool,
    /// Whether only exchanges publish to it.
    pub internal: bool,
    /// Arguments of its declaration.
    pub arguments: Arguments,
}

/// A binding.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BindingDefinition {
    /// The exchange that messages come from.
    pub source: String,
    /// The vhost; absent in a document of one vhost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vhost: Option<String>,
    /// The queue or exchange that they go to.
    pub destination: String,
    /// `queue` or `exchange`.
    pub destination_type: String,
    /// The routing key.
    pub routing_key: String,
    /// Arguments, such as the headers to match.
    pub arguments: Arguments,
}
