//! What quorum queues keep besides their messages: how often each came back.

mod returns;

pub(crate) use self::returns::Returns;
