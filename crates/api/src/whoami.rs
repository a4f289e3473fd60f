//! Who the caller is: `/api/whoami`.

use serde::{Deserialize, Serialize};

use crate::Tags;
use crate::declaration::{Management, endpoints};

endpoints! {
    noun "Whoami";

    /// The user whose credentials the request carries.
    GET "/api/whoami" => Get, access: Management, answer: WhoAmI;
}

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
