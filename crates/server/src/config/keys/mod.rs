//! The table of keys: what each is called, what it takes, what it does. Parsing, error messages and the page
//! `docs/configuration.md` all come from here, so that none of them can know a key that another does not.

mod connections;
mod limits;
mod log;
mod management;
mod resources;
mod users;
mod vhost_defaults;

use super::settings::draft::Draft;

/// One key, or one family of keys when its pattern has a `$name` word.
#[derive(Debug)]
pub struct Key {
    /// The dotted key; a word that begins with `$` stands for any word.
    pub pattern: &'static str,
    /// What values it takes, in words.
    pub takes: &'static str,
    /// The value that holds without the key, as it would be written.
    pub default: &'static str,
    /// What it decides.
    pub meaning: &'static str,
    apply: fn(&mut Draft, &str, &str) -> Result<(), String>,
}

impl Key {
    /// Whether a key as written belongs to this pattern.
    pub fn matches(&self, words: &[String]) -> bool {
        let mut pattern = self.pattern.split('.');
        let same = words.iter().all(|word| pattern.next().is_some_and(|p| p.starts_with('$') || p == word));
        same && pattern.next().is_none()
    }

    /// Puts a value into the draft. `words` are those of the key as written.
    pub fn apply(&self, draft: &mut Draft, words: &[String], value: &str) -> Result<(), String> {
        let free = self.pattern.split('.').position(|word| word.starts_with('$'));
        (self.apply)(draft, free.and_then(|place| words.get(place)).map_or("", String::as_str), value)
    }
}

/// Every key, in the order in which the documentation lists them.
pub fn keys() -> impl Iterator<Item = &'static Key> {
    [
        connections::KEYS,
        management::KEYS,
        users::KEYS,
        limits::KEYS,
        resources::KEYS,
        log::KEYS,
        vhost_defaults::KEYS,
    ]
    .into_iter()
    .flatten()
}

fn set<T>(place: &mut T, value: Result<T, String>) -> Result<(), String> {
    *place = value?;
    Ok(())
}

/// The known key that is nearest to an unknown one, when one is near.
pub fn nearest(words: &[String]) -> Option<String> {
    let written = words.join(".");
    let likeness = |key: &str| strsim::normalized_damerau_levenshtein(key, &written);
    keys()
        .map(|key| filled_in(key.pattern, words))
        .map(|key| (likeness(&key), key))
        .filter(|(likeness, _)| *likeness >= 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, key)| key)
}

/// The pattern with the writer's own words in place of its `$` words.
fn filled_in(pattern: &str, words: &[String]) -> String {
    let word = |(index, part): (usize, &str)| match words.get(index) {
        Some(word) if part.starts_with('$') => word.clone(),
        _ => part.to_owned(),
    };
    pattern.split('.').enumerate().map(word).collect::<Vec<_>>().join(".")
}
