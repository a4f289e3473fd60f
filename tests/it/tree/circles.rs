//! Folders of a crate do not import each other in a circle. What a folder is, and when it uses another, is told in
//! [`super::folders`].

use std::collections::{BTreeMap, VecDeque};

use super::folders::{Crate, Edge};
use super::{no_complaints, sources};

/// Crates whose folders still import each other in circles. This list only gets shorter, until it is empty.
const KNOWN: &[&str] = &[];

#[test]
fn no_folders_import_each_other_in_a_circle() {
    let sources = sources();
    let mut crates: Vec<&str> =
        sources.iter().filter_map(|(name, _)| name.split_once("/src/")).map(|(home, _)| home).collect();
    crates.sort_unstable();
    crates.dedup();
    let mut complaints = Vec::new();
    for home in crates.iter().copied().chain([""]) {
        let src = format!("{home}/src");
        let circles = circles(&Crate::read(src.trim_start_matches('/'), &sources));
        match (circles.is_empty(), KNOWN.contains(&home)) {
            (false, false) => complaints.extend(circles),
            (true, true) => complaints.push(format!("{home} has no circle any more: take it from the list")),
            _ => {}
        }
    }
    let gone = KNOWN.iter().filter(|home| !crates.contains(home));
    complaints.extend(gone.map(|home| format!("{home} is gone: take it from the list")));
    no_complaints(&complaints);
}

/// Each group of folders that reach each other, told by its shortest circle.
fn circles(of: &Crate) -> Vec<String> {
    let edges = of.edges();
    let mut uses: BTreeMap<&str, Vec<&Edge>> = BTreeMap::new();
    for edge in &edges {
        uses.entry(&edge.from).or_default().push(edge);
    }
    let mut shortest: BTreeMap<Vec<&str>, Vec<&Edge>> = BTreeMap::new();
    for folder in of.folders() {
        let Some(circle) = circle_through(folder, &uses) else { continue };
        let reached = reachable(folder, &uses);
        let group: Vec<&str> =
            reached.into_iter().filter(|other| reachable(other, &uses).contains(&folder)).collect();
        let known = shortest.entry(group).or_insert_with(|| circle.clone());
        if circle.len() < known.len() {
            *known = circle;
        }
    }
    shortest.into_iter().map(|(group, circle)| told(&group, &circle)).collect()
}

fn told(group: &[&str], circle: &[&Edge]) -> String {
    let way: Vec<&str> =
        circle.iter().map(|edge| edge.from.as_str()).chain([circle[0].from.as_str()]).collect();
    let examples: Vec<String> = circle.iter().map(|edge| format!("    {}", edge.example)).collect();
    let all = format!("({} folders reach each other: {})", group.len(), group.join(", "));
    format!("a circle: {} {all}\n{}", way.join(" -> "), examples.join("\n"))
}

/// The shortest way from a folder back to it.
fn circle_through<'a>(folder: &str, uses: &BTreeMap<&str, Vec<&'a Edge>>) -> Option<Vec<&'a Edge>> {
    let mut ways: VecDeque<Vec<&Edge>> = next(folder, uses).iter().map(|edge| vec![*edge]).collect();
    let mut seen: Vec<&str> = Vec::new();
    while let Some(way) = ways.pop_front() {
        let end = way[way.len() - 1].to.as_str();
        if end == folder {
            return Some(way);
        }
        if !seen.contains(&end) {
            seen.push(end);
            ways.extend(next(end, uses).iter().map(|edge| [way.as_slice(), &[*edge]].concat()));
        }
    }
    None
}

/// All folders that this one uses, directly or not, in the order of their names.
fn reachable<'a>(folder: &str, uses: &BTreeMap<&str, Vec<&'a Edge>>) -> Vec<&'a str> {
    let mut found: Vec<&str> = next(folder, uses).iter().map(|edge| edge.to.as_str()).collect();
    let mut at = 0;
    while let Some(folder) = found.get(at).copied() {
        for edge in next(folder, uses) {
            if !found.contains(&edge.to.as_str()) {
                found.push(&edge.to);
            }
        }
        at += 1;
    }
    found.sort_unstable();
    found
}

fn next<'a, 'u>(folder: &str, uses: &'u BTreeMap<&str, Vec<&'a Edge>>) -> &'u [&'a Edge] {
    uses.get(folder).map(Vec::as_slice).unwrap_or_default()
}

#[test]
fn circles_are_found_and_printed() {
    let file = |place: &str, text: &str| (format!("src/{place}"), text.to_owned());
    let sources = [
        file("lib.rs", "mod a;\nmod b;\nmod c;\nmod d;\nmod e;\n"),
        file("a.rs", "use crate::b::B;\n"),
        file("b/mod.rs", "mod inner;\npub use inner::B;\n"),
        file("b/inner.rs", "use crate::{c, d};\n"),
        file("c.rs", "fn f() { crate::a::g() }\n"),
        file("d.rs", "use crate::c::x;\nuse crate::e::Y;\n"),
        file("e.rs", ""),
    ];
    let told = circles(&Crate::read("src", &sources));
    let expected = "a circle: a -> b -> c -> a (4 folders reach each other: a, b, c, d)\n    \
                    src/a.rs names crate::b::B\n    src/b/inner.rs names crate::c\n    src/c.rs names crate::a::g";
    assert_eq!(told, [expected]);
}
