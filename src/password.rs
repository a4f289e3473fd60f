//! Where a password comes from: an argument, a prompt on the terminal, or standard input.

use std::io::{self, BufRead, IsTerminal};

use crate::context::Context;
use crate::failure::{Failure, Kind, Result};

/// Longest line that is read as a password.
const LONGEST: u64 = 64 * 1024;

/// The password: the argument if there is one, else what is typed on the terminal, else the first line of standard input.
pub fn obtain(context: &Context, argument: Option<&str>, prompt: &str, missing: Kind) -> Result<String> {
    if let Some(password) = argument {
        return Ok(password.to_owned());
    }
    context.print_banner();
    if io::stdin().is_terminal() {
        return rpassword::prompt_password(prompt).map_err(Failure::internal);
    }
    if context.style().has_banner() {
        context.say(prompt);
    }
    read_line(io::stdin().lock())
        .map_err(Failure::internal)?
        .ok_or_else(|| Failure::new(missing, "Password is not provided via argument or stdin"))
}

/// The first line without the white space around it; `None` at the end of input.
fn read_line(input: impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    let length = input.take(LONGEST).read_line(&mut line)?;
    Ok((length > 0).then(|| line.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::read_line;

    #[test]
    fn one_line_is_read_and_trimmed() {
        assert_eq!(read_line(&b" secret \nrest"[..]).unwrap().as_deref(), Some("secret"));
        assert_eq!(read_line(&b"no end"[..]).unwrap().as_deref(), Some("no end"));
        assert_eq!(read_line(&b"\n"[..]).unwrap().as_deref(), Some(""));
        assert_eq!(read_line(&b""[..]).unwrap(), None);
        assert!(read_line(&b"\xff\n"[..]).is_err());
    }
}
