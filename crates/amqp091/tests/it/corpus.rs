//! The committed corpus of the fuzz targets, as an ordinary test.

use crate::checks;
use std::path::Path;

/// Runs every file of a target's corpus; how many there were.
#[allow(clippy::print_stdout, reason = "a failure shows the file that it came from")]
fn run(target: &str, check: fn(&[u8])) -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        check(&std::fs::read(&path).unwrap());
        count += 1;
    }
    count
}

#[test]
fn connection() {
    assert!(run("connection", checks::connection) > 50);
}

#[test]
fn decode() {
    assert!(run("decode", checks::decode) > 30);
}
