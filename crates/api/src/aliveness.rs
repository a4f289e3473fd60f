//! A round trip through a vhost: `/api/aliveness-test`.

use crate::declaration::{InVhost, Management, endpoints};
use crate::health::Status;
use crate::{Endpoint, EndpointInfo};

endpoints! {
    noun "Aliveness";

    /// Declares the queue `aliveness-test`, publishes a message to it and takes it out again.
    GET "/api/aliveness-test/{vhost}" => Get { vhost }, access: InVhost<Management>, answer: Status;
}

// FORMER
/// Declares the queue `aliveness-test`, publishes a message to it and takes it out again.
pub const GET: Endpoint<1, (), (), Status> = Endpoint::get("/api/aliveness-test/{vhost}");

/// The endpoints of this noun.
pub const ALL: &[EndpointInfo] = &[GET.info()];
// END FORMER
