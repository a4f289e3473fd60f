//! What a server offers, and what was agreed.

use super::error::ConnectionError;
use crate::constants::{FRAME_MIN_SIZE, FRAME_OVERHEAD, ReplyCode};
use crate::method::connection::{Tune, TuneOk};
use warren_model::value::FieldTable;

/// The largest frame taken before tuning: enough for large client properties and tokens.
const INITIAL_FRAME_MAX: u32 = 131_072;

/// What the server says of itself and allows. One for all connections of a listener.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Product, version, capabilities: the table in `connection.start`.
    pub server_properties: FieldTable,
    /// Security mechanisms, separated by spaces: `PLAIN AMQPLAIN`.
    pub mechanisms: String,
    /// The highest channel number; 0 is no limit.
    pub channel_max: u16,
    /// The largest frame in octets, with what surrounds its payload; 0 is no limit.
    pub frame_max: u32,
    /// Seconds between heartbeats that the server proposes; 0 is none.
    pub heartbeat: u16,
    /// The largest body of a message, in octets.
    pub max_message_size: u64,
}

impl Default for Settings {
    /// RabbitMQ's defaults.
    fn default() -> Self {
        Settings {
            server_properties: FieldTable::new(),
            mechanisms: "PLAIN AMQPLAIN".to_string(),
            channel_max: 2047,
            frame_max: 131_072,
            heartbeat: 60,
            max_message_size: 16 << 20,
        }
    }
}

impl Settings {
    /// What is in force before anything is agreed.
    pub(super) fn untuned(&self) -> Tuning {
        let frame_max = match self.frame_max {
            0 => INITIAL_FRAME_MAX,
            max => max.clamp(FRAME_MIN_SIZE, INITIAL_FRAME_MAX),
        };
        Tuning { channel_max: self.channel_max, frame_max, heartbeat: self.heartbeat }
    }

    /// What the server proposes.
    pub(super) fn proposal(&self) -> Tune {
        Tune { channel_max: self.channel_max, frame_max: self.frame_max, heartbeat: self.heartbeat }
    }

    /// What a client's answer to the proposal makes of it. A client may ask for less, not for more, and RabbitMQ takes its "no limit"
    /// for more. The heartbeat is the client's to choose.
    pub(super) fn agree(&self, answer: &TuneOk) -> Result<Tuning, ConnectionError> {
        within("channel_max", u32::from(answer.channel_max), 1, u32::from(self.channel_max))?;
        within("frame_max", answer.frame_max, FRAME_MIN_SIZE, self.frame_max)?;
        Ok(Tuning {
            channel_max: answer.channel_max,
            frame_max: answer.frame_max,
            heartbeat: answer.heartbeat,
        })
    }
}

/// Checks a value of tune-ok, where 0 is no limit, against the bounds.
fn within(field: &str, value: u32, min: u32, max: u32) -> Result<(), ConnectionError> {
    let refuse =
        |what: String| Err(ConnectionError::connection(ReplyCode::NOT_ALLOWED, &what).at(TuneOk::ID));
    if value != 0 && value < min {
        return refuse(format!(
            "negotiated {field} = {value} is lower than the minimum allowed value ({min})"
        ));
    }
    if max != 0 && value == 0 {
        return refuse(format!(
            "negotiated {field} = 0 (no limit) is higher than the maximum allowed value ({max})"
        ));
    }
    if max != 0 && value > max {
        return refuse(format!(
            "negotiated {field} = {value} is higher than the maximum allowed value ({max})"
        ));
    }
    Ok(())
}

/// The limits that both sides keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tuning {
    /// The highest channel number; 0 is no limit.
    pub channel_max: u16,
    /// The largest frame in octets, with what surrounds its payload; 0 is no limit.
    pub frame_max: u32,
    /// Seconds between heartbeats; 0 is none.
    pub heartbeat: u16,
}

impl Tuning {
    /// How large the payload of a frame may be, in octets.
    pub(super) fn payload_max(&self) -> u32 {
        match self.frame_max {
            0 => u32::MAX,
            max => max.saturating_sub(FRAME_OVERHEAD as u32),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agree(channel_max: u16, frame_max: u32) -> Result<Tuning, String> {
        Settings::default().agree(&TuneOk { channel_max, frame_max, heartbeat: 7 }).map_err(|e| e.to_string())
    }

    #[test]
    fn a_client_may_ask_for_less_but_not_for_more() {
        let tuning = Tuning { channel_max: 10, frame_max: 4096, heartbeat: 7 };
        assert_eq!(agree(10, 4096), Ok(tuning));
        let refusals = [
            (10, 100, "negotiated frame_max = 100 is lower than the minimum allowed value (4096)"),
            (10, 0, "negotiated frame_max = 0 (no limit) is higher than the maximum allowed value (131072)"),
            (10, 131_073, "negotiated frame_max = 131073 is higher than the maximum allowed value (131072)"),
            (2048, 4096, "negotiated channel_max = 2048 is higher than the maximum allowed value (2047)"),
            (
                0,
                4096,
                "negotiated channel_max = 0 (no limit) is higher than the maximum allowed value (2047)",
            ),
        ];
        for (channels, frame, text) in refusals {
            assert_eq!(agree(channels, frame), Err(format!("NOT_ALLOWED - {text}")));
        }
    }

    #[test]
    fn a_server_without_limits_takes_any() {
        let settings = Settings { channel_max: 0, frame_max: 0, ..Settings::default() };
        assert!(settings.agree(&TuneOk { channel_max: 0, frame_max: 0, heartbeat: 0 }).is_ok());
        assert!(settings.agree(&TuneOk { channel_max: 65_535, frame_max: u32::MAX, heartbeat: 0 }).is_ok());
        assert!(settings.agree(&TuneOk { channel_max: 0, frame_max: 4095, heartbeat: 0 }).is_err());
        assert_eq!(settings.untuned().frame_max, INITIAL_FRAME_MAX);
    }
}
