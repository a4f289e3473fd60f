//! The list of routes. Every one of them is here, and nothing else is.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::handler::Handler;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::{MethodFilter, MethodRouter, options};
use warren_api::{self as api, Endpoint};

use super::framework::error::ApiError;
use super::framework::state::AppState;
use super::framework::{authentication, negotiation};
use super::resources::{
    aliveness, bindings, channels, connections, consumers, definitions, deprecated_features, exchanges,
    health, limits, messages, nodes, overview, parameters, permissions, policies, queues, topic_permissions,
    users, vhosts, warren, whoami,
};
use crate::node::Node;

/// The management API of a node.
pub fn router(node: Arc<Node>) -> Router {
    let state = AppState { node };
    list()
        .finish()
        .fallback(async || ApiError::object_not_found())
        .layer(from_fn_with_state(state.clone(), authentication::authenticate))
        .layer(axum::middleware::from_fn(negotiation::negotiate))
        .with_state(state)
}

/// Every route of the API.
pub fn list() -> Routes {
    let routes = node_routes(Routes::default());
    let routes = user_routes(routes);
    let routes = topology_routes(routes);
    let routes = policy_routes(routes);
    let routes = client_routes(routes);
    health_routes(routes)
}

fn node_routes(routes: Routes) -> Routes {
    routes
        .on(api::overview::GET, overview::get)
        .on(api::overview::GET_CLUSTER_NAME, overview::cluster_name)
        .on(api::overview::PUT_CLUSTER_NAME, overview::put_cluster_name)
        .on(api::overview::VERSION, overview::version)
        .on(api::overview::EXTENSIONS, overview::extensions)
        .on(api::nodes::LIST, nodes::list)
        .on(api::nodes::GET, nodes::get)
        .on(api::warren::STATUS, warren::status)
        .on(api::warren::STOP_APP, warren::stop_app)
        .on(api::warren::START_APP, warren::start_app)
        .on(api::warren::RESET, warren::reset)
        .on(api::warren::SHUTDOWN, warren::shutdown)
        .on(api::warren::AUTHENTICATE, warren::authenticate)
        .on(api::warren::PUT_ALARMS, warren::put_alarms)
}

fn user_routes(routes: Routes) -> Routes {
    routes
        .on(api::whoami::GET, whoami::get)
        .on(api::users::LIST, users::list)
        .on(api::users::WITHOUT_PERMISSIONS, users::without_permissions)
        .on(api::users::BULK_DELETE, users::bulk_delete)
        .on(api::users::GET, users::get)
        .on(api::users::PUT, users::put)
        .on(api::users::DELETE, users::delete)
        .on(api::users::PERMISSIONS, users::list_permissions)
        .on(api::users::HASH_PASSWORD, users::hash_password)
        .on(api::permissions::LIST, permissions::list)
        .on(api::permissions::GET, permissions::get)
        .on(api::permissions::PUT, permissions::put)
        .on(api::permissions::DELETE, permissions::delete)
        .on(api::vhosts::LIST, vhosts::list)
        .on(api::vhosts::GET, vhosts::get)
        .on(api::vhosts::PUT, vhosts::put)
        .on(api::vhosts::DELETE, vhosts::delete)
        .on(api::vhosts::PROTECT, vhosts::protect)
        .on(api::vhosts::UNPROTECT, vhosts::unprotect)
        .on(api::vhosts::PERMISSIONS, vhosts::list_permissions)
        .on(api::topic_permissions::LIST, topic_permissions::list)
        .on(api::topic_permissions::OF_VHOST, topic_permissions::of_vhost)
        .on(api::topic_permissions::OF_USER, topic_permissions::of_user)
        .on(api::topic_permissions::GET, topic_permissions::get)
        .on(api::topic_permissions::PUT, topic_permissions::put)
        .on(api::topic_permissions::DELETE, topic_permissions::delete)
        .on(api::topic_permissions::DELETE_EXCHANGE, topic_permissions::delete_exchange)
}

fn topology_routes(routes: Routes) -> Routes {
    routes
        .on(api::exchanges::LIST, exchanges::list)
        .on(api::exchanges::LIST_VHOST, exchanges::list_vhost)
        .on(api::exchanges::GET, exchanges::get)
        .on(api::exchanges::PUT, exchanges::put)
        .on(api::exchanges::DELETE, exchanges::delete)
        .on(api::queues::LIST, queues::list)
        .on(api::queues::LIST_VHOST, queues::list_vhost)
        .on(api::queues::GET, queues::get)
        .on(api::queues::PUT, queues::put)
        .on(api::queues::DELETE, queues::delete)
        .on(api::queues::PURGE, queues::purge)
        .on(api::bindings::LIST, bindings::list)
        .on(api::bindings::LIST_VHOST, bindings::list_vhost)
        .on(api::bindings::OF_QUEUE, bindings::of_queue)
        .on(api::bindings::FROM_EXCHANGE, bindings::from_exchange)
        .on(api::bindings::TO_EXCHANGE, bindings::to_exchange)
        .on(api::bindings::QUEUE_LIST, bindings::queue_list)
        .on(api::bindings::QUEUE_POST, bindings::queue_post)
        .on(api::bindings::QUEUE_GET, bindings::queue_get)
        .on(api::bindings::QUEUE_DELETE, bindings::queue_delete)
        .on(api::bindings::EXCHANGE_LIST, bindings::exchange_list)
        .on(api::bindings::EXCHANGE_POST, bindings::exchange_post)
        .on(api::bindings::EXCHANGE_GET, bindings::exchange_get)
        .on(api::bindings::EXCHANGE_DELETE, bindings::exchange_delete)
        .on(api::messages::PUBLISH, messages::publish)
        .on(api::messages::GET, messages::get)
        .on(api::definitions::EXPORT, definitions::export)
        .on(api::definitions::IMPORT, definitions::import)
        .on(api::definitions::EXPORT_VHOST, definitions::export_vhost)
        .on(api::definitions::IMPORT_VHOST, definitions::import_vhost)
}

fn policy_routes(routes: Routes) -> Routes {
    routes
        .on(api::policies::LIST, policies::list)
        .on(api::policies::LIST_VHOST, policies::list_vhost)
        .on(api::policies::GET, policies::get)
        .on(api::policies::PUT, policies::put)
        .on(api::policies::DELETE, policies::delete)
        .on(api::policies::LIST_OPERATOR, policies::list_operator)
        .on(api::policies::LIST_OPERATOR_VHOST, policies::list_operator_vhost)
        .on(api::policies::GET_OPERATOR, policies::get_operator)
        .on(api::policies::PUT_OPERATOR, policies::put_operator)
        .on(api::policies::DELETE_OPERATOR, policies::delete_operator)
        .on(api::parameters::LIST, parameters::list)
        .on(api::parameters::LIST_COMPONENT, parameters::list_component)
        .on(api::parameters::LIST_VHOST, parameters::list_vhost)
        .on(api::parameters::GET, parameters::get)
        .on(api::parameters::PUT, parameters::put)
        .on(api::parameters::DELETE, parameters::delete)
        .on(api::parameters::LIST_GLOBAL, parameters::list_global)
        .on(api::parameters::GET_GLOBAL, parameters::get_global)
        .on(api::parameters::PUT_GLOBAL, parameters::put_global)
        .on(api::parameters::DELETE_GLOBAL, parameters::delete_global)
        .on(api::limits::LIST_VHOSTS, limits::list_vhosts)
        .on(api::limits::OF_VHOST, limits::of_vhost)
        .on(api::limits::PUT_VHOST, limits::put_vhost)
        .on(api::limits::DELETE_VHOST, limits::delete_vhost)
        .on(api::limits::LIST_USERS, limits::list_users)
        .on(api::limits::OF_USER, limits::of_user)
        .on(api::limits::PUT_USER, limits::put_user)
        .on(api::limits::DELETE_USER, limits::delete_user)
        .on(api::deprecated_features::LIST, deprecated_features::list)
        .on(api::deprecated_features::LIST_USED, deprecated_features::list_used)
}

fn client_routes(routes: Routes) -> Routes {
    routes
        .on(api::connections::LIST, connections::list)
        .on(api::connections::LIST_VHOST, connections::list_vhost)
        .on(api::connections::OF_USER, connections::of_user)
        .on(api::connections::GET, connections::get)
        .on(api::connections::DELETE, connections::delete)
        .on(api::connections::DELETE_OF_USER, connections::delete_of_user)
        .on(api::connections::CHANNELS, connections::list_channels)
        .on(api::channels::LIST, channels::list)
        .on(api::channels::LIST_VHOST, channels::list_vhost)
        .on(api::channels::GET, channels::get)
        .on(api::consumers::LIST, consumers::list)
        .on(api::consumers::LIST_VHOST, consumers::list_vhost)
}

fn health_routes(routes: Routes) -> Routes {
    routes
        .on(api::aliveness::GET, aliveness::get)
        .on(api::health::ALARMS, health::alarms)
        .on(api::health::LOCAL_ALARMS, health::alarms)
        .on(api::health::VIRTUAL_HOSTS, health::virtual_hosts)
        .on(api::health::PORT_LISTENER, health::port_listener)
        .on(api::health::PROTOCOL_LISTENER, health::protocol_listener)
        .on(api::health::IS_IN_SERVICE, health::is_in_service)
        .on(api::health::READY_TO_SERVE_CLIENTS, health::ready_to_serve_clients)
        .on(api::health::BELOW_NODE_CONNECTION_LIMIT, health::below_connection_limit)
        .on(api::health::REACHED_TARGET_CLUSTER_SIZE, health::reached_target_cluster_size)
        .on(api::health::NODE_IS_QUORUM_CRITICAL, health::quorum_critical)
        .on(api::health::METADATA_STORE_INITIALIZED, health::metadata_store)
        .on(api::health::METADATA_STORE_WITH_DATA, health::metadata_store_with_data)
        .on(api::health::NODE, health::node)
        .on(api::health::NODE_NAMED, health::node_named)
}

/// Routes while they are being listed.
#[derive(Debug, Default)]
pub struct Routes {
    paths: BTreeMap<&'static str, (Vec<Method>, MethodRouter<AppState>)>,
}

impl Routes {
    /// A route. GET answers HEAD too.
    fn on<const N: usize, Q, B, R, H, T>(mut self, endpoint: Endpoint<N, Q, B, R>, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        let (method, filter) = match endpoint.method() {
            warren_api::Method::Get => (Method::GET, MethodFilter::GET),
            warren_api::Method::Put => (Method::PUT, MethodFilter::PUT),
            warren_api::Method::Post => (Method::POST, MethodFilter::POST),
            warren_api::Method::Delete => (Method::DELETE, MethodFilter::DELETE),
        };
        let (mut methods, router) = self.paths.remove(endpoint.template()).unwrap_or_default();
        methods.push(method);
        self.paths.insert(endpoint.template(), (methods, router.on(filter, handler)));
        self
    }

    /// Methods and paths, for whoever wants to know what exists.
    pub fn entries(&self) -> impl Iterator<Item = (&Method, &'static str)> {
        self.paths.iter().flat_map(|(path, (methods, _))| methods.iter().map(|method| (method, *path)))
    }

    /// The router, with OPTIONS on every path.
    fn finish(self) -> Router<AppState> {
        self.paths.into_iter().fold(Router::new(), |router, (path, (methods, routes))| {
            router.route(path, routes.merge(allow(&methods)))
        })
    }
}

/// The answer to OPTIONS: which methods a path has.
fn allow(methods: &[Method]) -> MethodRouter<AppState> {
    let mut names: Vec<&str> = methods.iter().map(Method::as_str).collect();
    if names.contains(&"GET") {
        names.insert(0, "HEAD");
    }
    names.push("OPTIONS");
    let value = HeaderValue::from_str(&names.join(", ")).unwrap_or(HeaderValue::from_static("OPTIONS"));
    options(async move || (StatusCode::OK, [(header::ALLOW, value)]).into_response())
}
