//! Writes the page of the API: `cargo run -p warren-api --example http_api > docs/http-api.md`.

use std::io::Write;

fn main() -> std::io::Result<()> {
    std::io::stdout().write_all(warren_api::reference::page().as_bytes())
}
