//! The `warrenctl` binary.

fn main() {}
