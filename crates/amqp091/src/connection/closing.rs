//! After the server's `connection.close`: everything is dropped until the client confirms.

use super::event::Event;
use super::frames::{complete, consume_all};
use super::machine::{Phase, ServerConnection};
use crate::constants::{FRAME_END, FRAME_HEADER_LEN, FRAME_METHOD};
use crate::frame::{FrameError, FrameHead, FrameKind};
use crate::method::{MethodId, connection};

/// `connection.close-ok`, to the octet.
const CLOSE_OK_FRAME: [u8; 12] = {
    let [k1, k0, m1, m0] = connection::CloseOk::ID.to_bytes();
    [FRAME_METHOD, 0, 0, 0, 0, 0, 4, k1, k0, m1, m0, FRAME_END]
};

impl ServerConnection {
    /// Drops what comes, but for close-ok, and for close in case they crossed (specification 1.2.4).
    ///
    /// A broken frame makes the borders of frames unknowable; behind it the octets of close-ok are looked for wherever they stand.
    pub(super) fn handle_closing<'a>(&mut self, input: &'a [u8], out: &mut Vec<u8>) -> (usize, Event<'a>) {
        if self.phase == (Phase::Closing { lost: true }) {
            return self.look_for_close_ok(input);
        }
        let dropped = match self.skipping {
            Some(left) => self.skip(left, input),
            None => self.drop_frame(input, out),
        };
        dropped.unwrap_or_else(|_| {
            self.phase = Phase::Closing { lost: true };
            // What was announced as a payload is not searched: most of it may be gone already.
            let payload = self.skipping.take().unwrap_or(0);
            let (consumed, event) = self.look_for_close_ok(input.get(payload..).unwrap_or_default());
            match event {
                Event::Incomplete if payload > 0 => (payload, Event::Continue),
                event => (payload + consumed, event),
            }
        })
    }

    fn drop_frame<'a>(
        &mut self,
        input: &'a [u8],
        out: &mut Vec<u8>,
    ) -> Result<(usize, Event<'a>), FrameError> {
        let Some(head) = FrameHead::decode(input, self.tuning.frame_max)? else {
            return Ok((0, Event::Incomplete));
        };
        if head.kind != FrameKind::Method || head.channel != 0 {
            self.skipping = Some(head.size);
            return Ok((FRAME_HEADER_LEN, Event::Continue));
        }
        let Some((payload, rest)) = complete(&head, input)? else { return Ok((0, Event::Incomplete)) };
        let consumed = input.len() - rest.len();
        let event = match payload.first_chunk().copied().map(MethodId::from_bytes) {
            Some(connection::CloseOk::ID) => {
                self.phase = Phase::Closed;
                Event::Closed
            }
            Some(connection::Close::ID) => {
                connection::CloseOk {}.write_frame(0, out);
                Event::Continue
            }
            _ => Event::Continue,
        };
        Ok((consumed, event))
    }

    fn look_for_close_ok<'a>(&mut self, input: &'a [u8]) -> (usize, Event<'a>) {
        let len = CLOSE_OK_FRAME.len();
        match input.windows(len).position(|window| window == CLOSE_OK_FRAME) {
            Some(at) => {
                self.phase = Phase::Closed;
                (at + len, Event::Closed)
            }
            // Its beginning may stand at the end.
            None => {
                let keep = input.len().min(len - 1);
                let dropped = input.get(..input.len() - keep).unwrap_or_default();
                consume_all(dropped)
            }
        }
    }
}
