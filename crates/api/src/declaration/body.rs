//! What an endpoint takes as its body, and what of it is more than its type says.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The type of a request's body: a JSON object, of which a request without a body is the empty one.
pub trait Body: Serialize + DeserializeOwned + Send + 'static {
    /// Whether there is a body at all; `()` says that there is none.
    const IS_TAKEN: bool = true;
    /// Keys that must be there. All that are missing are named at once, and before the values are looked at.
    const REQUIRED: &'static [&'static str] = &[];
    /// Keys of booleans that may also come as the texts `true` and `false`.
    const FLAGS: &'static [&'static str] = &[];
    /// Keys of whole numbers, which are refused in RabbitMQ's words when they are none.
    const WHOLE_NUMBERS: &'static [&'static str] = &[];
}

impl Body for () {
    const IS_TAKEN: bool = false;
}
