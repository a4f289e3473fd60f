//! The broker of a run for which no address is given: where the node of the command line listens for AMQP.

use warren_perf::Uri;

use crate::context::Context;
use crate::failure::{Failure, Kind, Result};

/// Asks the node where it listens. Its user is the one of the command line, or `guest` on an admin socket.
pub fn find(context: &Context) -> Result<Uri> {
    let listeners = &context.node_status()?.listeners;
    let Some(listener) = listeners.iter().find(|listener| listener.protocol == "amqp") else {
        return Err(Failure::new(Kind::Server, "the node has no listener for AMQP 0-9-1 without TLS")
            .with_hint("Name the broker with --uri amqp://USER:PASSWORD@HOST:PORT."));
    };
    let node = context.client()?.node();
    let (user, password) = node.credentials.clone().unwrap_or_else(|| ("guest".into(), "guest".into()));
    Ok(Uri {
        host: host(&listener.ip_address, &node.address.host()),
        port: listener.port,
        user,
        password,
        vhost: context.vhost()?,
    })
}

/// A listener on all addresses is reached where the node's API is.
fn host(listens_on: &str, api: &str) -> String {
    let everywhere = matches!(listens_on, "" | "::" | "[::]" | "0.0.0.0");
    if everywhere { api.to_owned() } else { listens_on.trim_matches(['[', ']']).to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_on_all_addresses_is_where_the_api_is() {
        assert_eq!(host("::", "example"), "example");
        assert_eq!(host("0.0.0.0", "127.0.0.1"), "127.0.0.1");
        assert_eq!(host("10.0.0.1", "example"), "10.0.0.1");
        assert_eq!(host("[::1]", "example"), "::1");
    }
}
