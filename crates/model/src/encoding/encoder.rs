//! Writing strings.

use super::MAX_SHORT_STR;

/// The longest beginning of `text` that fits into a short string and does not cut a character in two.
pub fn short(text: &str) -> &str {
    let mut end = text.len().min(MAX_SHORT_STR);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// Appends a short string; what is beyond 255 octets is left out, so that the frame stays well-formed.
#[inline]
pub fn put_short_str(out: &mut Vec<u8>, text: &str) {
    let text = short(text);
    // At most 255 octets long.
    out.push(text.len() as u8);
    out.extend_from_slice(text.as_bytes());
}

/// Appends a long string. No buffer of this crate's callers comes near 4 GiB; what does is cut there.
#[inline]
pub fn put_long_str(out: &mut Vec<u8>, bytes: &[u8]) {
    let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&len.to_be_bytes());
    out.extend_from_slice(bytes.get(..len as usize).unwrap_or(bytes));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_between_characters() {
        let long = "é".repeat(200);
        let cut = short(&long);
        assert_eq!(cut.len(), 254);
        assert!(long.starts_with(cut));
        assert_eq!(short("short"), "short");
    }
}
