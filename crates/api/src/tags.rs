//! Lists of tags, which servers write as a list or as one comma-separated string.

use std::fmt;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Tags of a user or a vhost. Reads `["a","b"]`, `"a,b"` and `null`; writes a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Tags(pub Vec<String>);

impl Tags {
    /// Whether this tag is among them.
    pub fn contains(&self, tag: &str) -> bool {
        self.0.iter().any(|own| own == tag)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Tags from a comma-separated text; blanks around a tag and empty tags are dropped.
    pub fn from_comma_list(text: &str) -> Self {
        Self(text.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect())
    }
}

/// Writes tags as one comma-separated string, which every version of every server reads in a request.
pub(crate) fn as_comma_list<S: Serializer>(tags: &Option<Tags>, serializer: S) -> Result<S::Ok, S::Error> {
    let list = tags.as_ref().map(|tags| tags.0.join(",")).unwrap_or_default();
    serializer.serialize_str(&list)
}

impl<S: Into<String>> FromIterator<S> for Tags {
    fn from_iter<I: IntoIterator<Item = S>>(tags: I) -> Self {
        Self(tags.into_iter().map(Into::into).collect())
    }
}

impl<'de> Deserialize<'de> for Tags {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TagsVisitor)
    }
}

struct TagsVisitor;

impl<'de> Visitor<'de> for TagsVisitor {
    type Value = Tags;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of tags or a comma-separated string")
    }

    fn visit_unit<E>(self) -> Result<Tags, E> {
        Ok(Tags::default())
    }

    fn visit_str<E>(self, text: &str) -> Result<Tags, E> {
        Ok(Tags::from_comma_list(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tags, A::Error> {
        let mut tags = Vec::new();
        while let Some(tag) = items.next_element()? {
            tags.push(tag);
        }
        Ok(Tags(tags))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_and_a_comma_string_are_the_same() {
        let list: Tags = serde_json::from_str(r#"["administrator","x"]"#).unwrap();
        let text: Tags = serde_json::from_str(r#""administrator, x,""#).unwrap();
        assert_eq!(list, text);
        assert_eq!(serde_json::to_string(&text).unwrap(), r#"["administrator","x"]"#);
        assert_eq!(serde_json::from_str::<Tags>("null").unwrap(), Tags::default());
        assert!(serde_json::from_str::<Tags>("[1]").is_err());
    }
}
