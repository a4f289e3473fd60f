//! The sessions that README.md and the pages of `docs/` show, replayed: what a page says is what the program prints.
//!
//! Fenced blocks mean this:
//!
//! - ` ```console `: a session. A line that begins with `$ ` is a command for bash, the lines below it are what it prints,
//!   on both streams. A command goes on over as many lines as bash needs to find it complete. The commands of a page run
//!   one after the other, with one shell and one node.
//! - ` ```console NAME `: the same in another terminal. Its last command goes on running; a later block of that terminal
//!   that begins without a command shows what it has printed since. The line `^C` interrupts it.
//! - A block whose first line is a comment with a file name (`# send.py`) is a file that the reader saves.
//! - All others, such as `sh`, `ini` or `text`, are only to be read.
//!
//! In what is printed, `…` stands for any text within a line, and a line that is only `…` for any number of lines.
//! Pages show a usual installation: ports 5672 and 15672, the home `/home/me`, the host `myhost`. The node under test has
//! free ports and a home of its own, which are put in their place.
//!
//! A page whose first command does not start a node gets one that runs. Commands that only list are repeated until they
//! show what the page shows, because what a client did reaches them a moment later.
//!
//! `WARREN_DOCS=update cargo test --test it docs` writes what was printed into the pages, where it differs.

mod expected;
mod names;
mod page;
mod reader;
mod replay;
mod terminal;
