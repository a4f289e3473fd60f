//! `/api/exchanges`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use warren_api::Arguments;
use warren_api::exchanges::{Exchange as View, PutExchange};
use warren_api::stats::MessageStats;
use warren_broker::exchange::{Exchange, ExchangeSettings};
use warren_broker::vhosts::VHost;

use crate::http::framework::access::{self, InVhost};
use crate::http::framework::caller::Management;
use crate::http::framework::durable::durable;
use crate::http::framework::error::ApiError;
use crate::http::framework::json::Object;
use crate::http::framework::listing::Listing;
use crate::http::framework::path::{Named, exchange_name};
use crate::http::framework::query::Query;
use crate::http::framework::state::AppState;
use crate::http::translation::tables;

/// Length of an exchange's name, in bytes: it is an AMQP short string.
const MAX_NAME: usize = 255;

/// The exchange in a path.
#[derive(Debug, Deserialize)]
pub struct ExchangePath {
    /// Its name, `amq.default` for the default exchange.
    pub exchange: String,
}

/// Exchanges of every virtual host that the caller may enter.
pub async fn list(
    Management(caller): Management,
    State(state): State<AppState>,
    query: Listing,
) -> Result<Response, ApiError> {
    let vhosts = access::entered(&state.node.broker, &caller);
    query.list(vhosts.iter().flat_map(|vhost| of_vhost(vhost)).collect::<Vec<_>>())
}

/// Exchanges of one virtual host.
pub async fn list_vhost(within: InVhost, query: Listing) -> Result<Response, ApiError> {
    query.list(of_vhost(&within.vhost))
}

/// One exchange.
pub async fn get(
    within: InVhost,
    Named(path): Named<ExchangePath>,
    query: Listing,
) -> Result<Response, ApiError> {
    let topology = within.vhost.topology();
    let found = topology.exchange(exchange_name(&path.exchange), &within.vhost.name);
    query.one(&view(found.map_err(|_| ApiError::object_not_found())?, &within.vhost))
}

/// Declares an exchange. Without `type` it is a direct one, as RabbitMQ does it.
pub async fn put(
    within: InVhost,
    State(state): State<AppState>,
    Named(path): Named<ExchangePath>,
    body: Object,
) -> Result<StatusCode, ApiError> {
    if path.exchange.is_empty() || path.exchange.len() > MAX_NAME {
        return Err(ApiError::bad_request(format!("an exchange's name has 1 to {MAX_NAME} bytes")));
    }
    let mut body = body.flags(&["durable", "auto_delete", "internal"])?;
    body.0.entry("type").or_insert_with(|| "direct".into());
    let body: PutExchange = body.into()?;
    let settings = ExchangeSettings {
        kind: body.kind,
        durable: body.durable,
        auto_delete: body.auto_delete,
        internal: body.internal,
        arguments: tables::from_json(&body.arguments)?,
    };
    let new =
        durable(&state, within.actor().declare_exchange(exchange_name(&path.exchange), settings)).await?;
    Ok(if new { StatusCode::CREATED } else { StatusCode::NO_CONTENT })
}

/// Deletes an exchange.
pub async fn delete(
    within: InVhost,
    State(state): State<AppState>,
    Named(path): Named<ExchangePath>,
    Query(query): Query,
) -> Result<StatusCode, ApiError> {
    let name = exchange_name(&path.exchange);
    within.vhost.topology().exchange(name, &within.vhost.name).map_err(|_| ApiError::object_not_found())?;
    durable(&state, within.actor().delete_exchange(name, query.is_true("if-unused"))).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn of_vhost(vhost: &VHost) -> Vec<View> {
    let topology = vhost.topology();
    let mut exchanges: Vec<View> = topology.exchanges().map(|exchange| view(exchange, vhost)).collect();
    exchanges.sort_by(|a, b| a.name.cmp(&b.name));
    exchanges
}

fn view(exchange: &Exchange, vhost: &VHost) -> View {
    let settings = &exchange.settings;
    let policy = exchange.policy().map(|policy| (**policy).clone()).unwrap_or_default();
    View {
        name: exchange.name.to_string(),
        vhost: vhost.name.to_string(),
        kind: settings.kind.clone(),
        durable: settings.durable,
        auto_delete: settings.auto_delete,
        internal: settings.internal,
        arguments: tables::to_json(&settings.arguments),
        policy: policy.policy,
        operator_policy: policy.operator_policy,
        effective_policy_definition: Arguments(policy.definition),
        message_stats: exchange
            .duplicates
            .as_ref()
            .map(|duplicates| MessageStats { dedup: Some(duplicates.dropped()), ..MessageStats::default() }),
        messages_delayed: exchange.delayed(),
        ..View::default()
    }
}
