//! Class 85, `confirm`: publisher confirms, RabbitMQ's extension.

use super::class::class;
use crate::constants::CLASS_CONFIRM;

class! {
    Confirm, CLASS_CONFIRM, 'a, Method;

    /// Client: publishes of the channel shall be acknowledged from now on.
    10 "confirm.select" Select {
        /// No answer is wanted.
        nowait: bool,
    }

    /// Server: they will be.
    11 "confirm.select-ok" SelectOk {}
}
