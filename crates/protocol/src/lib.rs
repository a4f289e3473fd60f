//! AMQP 0-9-1: types, codec and server-side connection state, without I/O.
