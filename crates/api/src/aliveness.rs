//! A round trip through a vhost: `/api/aliveness-test`.

use crate::declaration::{InVhost, Management, endpoints};
use crate::health::Status;

endpoints! {
    noun "Aliveness";

    /// Declares the queue `aliveness-test`, publishes a message to it and takes it out again.
    GET "/api/aliveness-test/{vhost}" => Get { vhost }, access: InVhost<Management>, answer: Status;
}
