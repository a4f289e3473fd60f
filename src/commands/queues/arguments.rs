//! The arguments of queues, for help texts.

use warren_arguments::{ARGUMENTS, QueueKind, Takes};

/// Every argument that queues can be declared with.
pub(super) fn of_queues() -> String {
    let entries = ARGUMENTS.iter().map(|a| entry(a.name, a.about, a.takes, a.kinds));
    format!("Arguments of queues:\n{}", entries.collect::<String>().trim_end())
}

/// What a name stands for: its meaning, and in a second line what it takes, and which kinds of queues know it. All kinds
/// are not named.
pub fn entry(name: &str, about: &str, takes: Takes, kinds: &[QueueKind]) -> String {
    let mut second = takes.to_string();
    if !kinds.is_empty() && kinds.len() < QueueKind::ALL.len() {
        let kinds: Vec<_> = kinds.iter().map(|kind| kind.as_str()).collect();
        second = format!("{second} ({})", kinds.join(", "));
    }
    format!("  {name:<32}{about}\n  {:<32}{second}\n", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_names_the_kinds_of_queues_unless_it_is_for_all() {
        let text = entry("x-n", "what it does", Takes::AtLeast(1), &[QueueKind::Quorum, QueueKind::Stream]);
        let pad = " ".repeat(31);
        assert_eq!(
            text,
            format!("  x-n{}what it does\n   {pad}a number, at least 1 (quorum, stream)\n", " ".repeat(29))
        );
        assert!(!entry("x-n", "", Takes::Integer, &QueueKind::ALL).contains('('));
    }

    #[test]
    fn every_argument_is_there() {
        let text = of_queues();
        assert!(ARGUMENTS.iter().all(|a| text.contains(&format!("  {} ", a.name)) && text.contains(a.about)));
    }
}
