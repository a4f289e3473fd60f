//! `list_connections`

use clap::Args;
use serde_json::Value;
use warren_api::connections;

use crate::command::Run;
use crate::command::columns::{ColumnSet, at, columns_of, same};
use crate::context::Context;
use crate::failure::Result;
use crate::output::Output;

static COLUMNS: ColumnSet = ColumnSet {
    all: &[
        at("pid", "name"),
        same("name"),
        same("port"),
        same("host"),
        same("peer_port"),
        same("peer_host"),
        same("ssl"),
        same("ssl_protocol"),
        same("ssl_key_exchange"),
        same("ssl_cipher"),
        same("ssl_hash"),
        same("peer_cert_subject"),
        same("peer_cert_issuer"),
        same("peer_cert_validity"),
        same("state"),
        same("channels"),
        same("protocol"),
        same("auth_mechanism"),
        same("user"),
        same("vhost"),
        same("timeout"),
        same("frame_max"),
        same("channel_max"),
        same("client_properties"),
        same("recv_oct"),
        same("recv_cnt"),
        same("send_oct"),
        same("send_cnt"),
        same("send_pend"),
        same("connected_at"),
    ],
    default: &["user", "peer_host", "peer_port", "state"],
};

/// Lists the connections of all virtual hosts
#[derive(Debug, Args)]
pub struct ListConnections {
    /// Columns to show [default: user peer_host peer_port state]
    #[arg(value_name = "COLUMN", value_parser = columns_of(&COLUMNS))]
    columns: Vec<String>,
}

impl Run for ListConnections {
    fn check(&self, _: &Context) -> Result<()> {
        COLUMNS.choose(&self.columns).map(drop)
    }

    fn banner(&self, _: &Context) -> Option<String> {
        Some("Listing connections ...".into())
    }

    fn run(&self, context: &Context) -> Result<Output> {
        let columns = COLUMNS.choose(&self.columns)?;
        let connections: Vec<Value> = context.client()?.call_with(connections::List, &columns.query(&[]))?;
        Ok(Output::Rows(columns.rows(&connections)))
    }
}
