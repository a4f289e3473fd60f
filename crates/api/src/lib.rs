//! Warren's management API: endpoints and their types, used by server and CLI alike.
