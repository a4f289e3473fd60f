//! Path templates such as `/api/queues/{vhost}/{queue}`: filled in by a caller, and held against a declaration's parts
//! when that is compiled.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but the unreserved characters of RFC 3986 is encoded, so that a name with a slash stays one segment.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A name as one path segment: everything but letters, digits and `-._~` is percent-encoded.
pub fn encode_segment(name: &str) -> String {
    utf8_percent_encode(name, SEGMENT).to_string()
}

/// The template with its marks replaced by the parts in their order, each percent-encoded.
pub(crate) fn fill(template: &str, parts: &[&str]) -> String {
    let mut path = String::with_capacity(template.len() + 32);
    let mut rest = template;
    for part in parts {
        let Some((before, after)) = rest.split_once('{') else { break };
        path.push_str(before);
        path.extend(utf8_percent_encode(part, SEGMENT));
        rest = after.split_once('}').map_or("", |(_, tail)| tail);
    }
    path.push_str(rest);
    path
}

/// Whether the marks of a template are these parts, in this order.
pub(crate) const fn has_parts(template: &str, parts: &[&str]) -> bool {
    let text = template.as_bytes();
    let (mut at, mut found) = (0, 0);
    while at < text.len() {
        if text[at] == b'{' {
            if found == parts.len() || !is_mark(text, at, parts[found].as_bytes()) {
                return false;
            }
            found += 1;
        }
        at += 1;
    }
    found == parts.len()
}

/// Whether a part is among a declaration's.
pub(crate) const fn has_part(parts: &[&str], part: &str) -> bool {
    let mut at = 0;
    while at < parts.len() {
        let (own, wanted) = (parts[at].as_bytes(), part.as_bytes());
        if own.len() == wanted.len() && is_at(own, 0, wanted) {
            return true;
        }
        at += 1;
    }
    false
}

/// Whether `{part}` stands at a place of a template.
const fn is_mark(text: &[u8], at: usize, part: &[u8]) -> bool {
    let end = at + 1 + part.len();
    is_at(text, at + 1, part) && end < text.len() && text[end] == b'}'
}

const fn is_at(text: &[u8], at: usize, part: &[u8]) -> bool {
    let mut index = 0;
    while index < part.len() {
        if at + index >= text.len() || text[at + index] != part[index] {
            return false;
        }
        index += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_single_segments() {
        assert_eq!(
            fill("/api/queues/{vhost}/{queue}/get", &["/", "a b/ü{x}"]),
            "/api/queues/%2F/a%20b%2F%C3%BC%7Bx%7D/get"
        );
        assert_eq!(encode_segment("amq.gen-x_y~1"), "amq.gen-x_y~1");
    }

    #[test]
    fn a_template_has_its_parts_in_order_and_no_others() {
        let template = "/api/queues/{vhost}/{queue}";
        assert!(has_parts(template, &["vhost", "queue"]) && has_parts("/api/queues", &[]));
        let wrong: [&[&str]; 5] =
            [&["queue", "vhost"], &["vhost"], &["vhost", "queu"], &["vhost", "queue", "x"], &[]];
        for parts in wrong {
            assert!(!has_parts(template, parts), "{parts:?}");
        }
        assert!(has_part(&["vhost", "queue"], "queue") && !has_part(&["vhost", "queue"], "que"));
    }
}
