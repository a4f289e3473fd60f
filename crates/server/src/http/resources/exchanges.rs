//! `/api/exchanges`.

use warren_api::Arguments;
use warren_api::bindings::DEFAULT_EXCHANGE;
use warren_api::exchanges::{Delete, Exchange as View, Get, List, ListVhost, Put};
use warren_api::stats::MessageStats;
use warren_broker::topology::exchange::{Exchange, ExchangeSettings};
use warren_broker::topology::vhosts::VHost;

use crate::http::framework::{ApiError, Call, Handle, Outcome, Reply, durable, durable_done, entered};
use crate::http::translation::tables;

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

impl Handle for Get {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let topology = call.vhost.topology();
        let found = topology.exchange(exchange_name(&self.exchange), &call.vhost.name);
        call.one(&view(found.map_err(|_| ApiError::object_not_found())?, &call.vhost))
    }
}

impl Handle for Put {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let settings = ExchangeSettings {
            kind: call.body.kind.clone(),
            durable: call.body.durable,
            auto_delete: call.body.auto_delete,
            internal: call.body.internal,
            arguments: tables::from_json(&call.body.arguments)?,
        };
        let declared = call.principal().declare_exchange(exchange_name(&self.exchange), settings);
        let new = durable(&call.state, declared).await?;
        Ok(Reply::put(new))
    }
}

impl Handle for Delete {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let name = exchange_name(&self.exchange);
        call.vhost.topology().exchange(name, &call.vhost.name).map_err(|_| ApiError::object_not_found())?;
        durable_done(&call.state, call.principal().delete_exchange(name, call.query.if_unused)).await
    }
}

/// The exchange that a path names: the default one, whose name is empty, has another there.
pub fn exchange_name(segment: &str) -> &str {
    if segment == DEFAULT_EXCHANGE { "" } else { segment }
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
            .dropped()
            .map(|dropped| MessageStats { dedup: Some(dropped), ..MessageStats::default() }),
        messages_delayed: exchange.delayed(),
        ..View::default()
    }
}
