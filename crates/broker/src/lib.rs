//! Warren's broker core: vhosts, exchanges, queues, routing, permissions.
