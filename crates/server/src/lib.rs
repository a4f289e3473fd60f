//! Warren's outside: AMQP sessions, management API, configuration, boot.
