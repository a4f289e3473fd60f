//! Whether what was printed is what a page shows.

/// Stands for any text within a line; alone in a line, for any number of lines.
const ANYTHING: &str = "…";

/// Compares without the spaces at the ends of lines, which editors take away, and without empty lines at the end.
pub fn matches(shown: &[String], printed: &[String]) -> bool {
    lines_match(&without_end(shown), &without_end(printed))
}

fn without_end(lines: &[String]) -> Vec<&str> {
    let mut lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
    while lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    lines
}

fn lines_match(shown: &[&str], printed: &[&str]) -> bool {
    match shown.split_first() {
        None => printed.is_empty(),
        Some((&ANYTHING, rest)) => (0..=printed.len()).any(|skipped| lines_match(rest, &printed[skipped..])),
        Some((first, rest)) => printed
            .split_first()
            .is_some_and(|(line, others)| line_matches(first, line) && lines_match(rest, others)),
    }
}

fn line_matches(shown: &str, printed: &str) -> bool {
    match shown.split_once(ANYTHING) {
        None => shown == printed,
        Some((before, after)) => printed.strip_prefix(before).is_some_and(|rest| {
            let ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
            ends.into_iter().any(|at| line_matches(after, &rest[at..]))
        }),
    }
}

#[test]
fn an_ellipsis_is_anything() {
    let matches = |shown: &str, printed: &str| {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        matches(&lines(shown), &lines(printed))
    };
    assert!(matches("pid … ends", "pid 12 ends"));
    assert!(matches("a\t\n", "a"));
    assert!(matches("first\n…\nlast", "first\nx\ny\nlast"));
    assert!(matches("first\n…\nlast", "first\nlast"));
    assert!(!matches("pid … ends", "pid 12 goes on"));
    assert!(!matches("a", "a\nb") && !matches("a\nb", "a"));
    assert!(!matches("first\n…\nlast", "first\nlast\nmore"));
}
