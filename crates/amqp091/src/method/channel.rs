//! Class 20, `channel`: opening, closing and flow.

use super::class::class;
use crate::constants::CLASS_CHANNEL;

class! {
    Channel, CLASS_CHANNEL, 'a, Method<'a>;

    /// Client: opens the channel that the frame travels on.
    10 "channel.open" Open {} after(&str)

    /// Server: the channel is ready.
    11 "channel.open-ok" OpenOk {} after(&[u8])

    /// Either: asks the other to stop or to go on sending content.
    20 "channel.flow" Flow {
        /// Whether content may be sent.
        active: bool,
    }

    /// Either: the answer to flow.
    21 "channel.flow-ok" FlowOk {
        /// Whether content will be sent.
        active: bool,
    }

    /// Either: the channel ends, and why.
    40 "channel.close" Close<'a> {
        /// Why, as a reply code.
        reply_code: u16,
        /// Why, in words.
        reply_text: &'a str,
        /// The class of the method that was at fault, or 0.
        class_id: u16,
        /// The method that was at fault, or 0.
        method_id: u16,
    }

    /// Either: the close was seen.
    41 "channel.close-ok" CloseOk {}
}
