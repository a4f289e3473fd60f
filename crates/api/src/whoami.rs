//! Who the caller is: `/api/whoami`.

use serde::{Deserialize, Serialize};

use crate::declaration::{Management, endpoints};
use crate::{Endpoint, EndpointInfo, Tags};

endpoints! {
    noun "Whoami";

    /// The user whose credentials the request carries.
    GET "/api/whoami" => Get, access: Management, answer: WhoAmI;
}

// FORMER
/// The user whose credentials the request carries. Needs any management tag.
pub const GET: Endpoint<0, (), (), WhoAmI> = Endpoint::get("/api/whoami");

/// The endpoints of this noun.
pub const ALL: &[EndpointInfo] = &[GET.info()];

// END FORMER

/// The caller.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WhoAmI {
    /// The name.
    pub name: String,
    /// The tags.
    pub tags: Tags,
    /// Whether the node has the user itself; false for whoever comes in through the admin socket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_internal_user: Option<bool>,
}
