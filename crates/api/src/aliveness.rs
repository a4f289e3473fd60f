//! A round trip through a vhost: `/api/aliveness-test`.

use crate::health::Status;
use crate::{Endpoint, EndpointInfo};

/// Declares the queue `aliveness-test`, publishes a message to it and takes it out again.
pub const GET: Endpoint<1, (), (), Status> = Endpoint::get("/api/aliveness-test/{vhost}");

/// The endpoints of this noun.
pub const ALL: &[EndpointInfo] = &[GET.info()];
