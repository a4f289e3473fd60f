//! `/api/whoami`: the caller as the node sees him.

use warren_api::Tags;
use warren_api::whoami::{Get, WhoAmI};

use crate::http::framework::{Call, Handle, Outcome, Reply};

impl Handle for Get {
    async fn handle(self, call: Call<Self>) -> Outcome<Self> {
        let caller = call.caller;
        Ok(Reply::ok(&WhoAmI {
            name: caller.name,
            tags: Tags(caller.tags),
            is_internal_user: Some(!caller.is_admin_socket),
        }))
    }
}
