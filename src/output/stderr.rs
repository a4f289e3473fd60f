//! What is said beside the result: failures, warnings, and what is wrong with a command line.

use std::io::{self, Write};

/// Writes a line; when even that fails there is nobody left to tell.
pub fn to_stderr(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}
