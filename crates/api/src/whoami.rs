//! Who the caller is: `/api/whoami`.

use serde::{Deserialize, Serialize};

use crate::{Endpoint, EndpointInfo, Tags};

/// The user whose credentials the request carries. Needs any management tag.
pub const GET: Endpoint<0, (), (), WhoAmI> = Endpoint::get("/api/whoami");

/// The endpoints of this noun.
pub const ALL: &[EndpointInfo] = &[GET.info()];

/// The caller.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WhoAmI {
    /// The name.
    pub name: String,
    /// The tags.
    pub tags: Tags,
}
