//! Which keys a type has in JSON, found out from its own `Deserialize`: a struct names its fields before it reads them.

use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

/// A struct and its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keys {
    /// Name of the struct.
    pub name: &'static str,
    /// Its keys in their order.
    pub keys: &'static [&'static str],
    /// Whether it is not the type itself, but what a list holds.
    pub in_list: bool,
}

/// The keys of a type, or of the items of a list; `None` for what is no object with keys of its own.
pub fn keys_of<T: DeserializeOwned>() -> Option<Keys> {
    let mut found = None;
    // It always fails: there is nothing to read.
    let _ = T::deserialize(Probe { found: &mut found, in_list: false });
    found
}

/// Gives nothing, and remembers what it was asked for.
struct Probe<'f> {
    found: &'f mut Option<Keys>,
    in_list: bool,
}

#[derive(Debug)]
struct Asked;

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is nothing to read")
    }
}

impl std::error::Error for Asked {}

impl Error for Asked {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Asked;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        keys: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Asked> {
        *self.found = Some(Keys { name, keys, in_list: self.in_list });
        Err(Asked)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Asked> {
        visitor.visit_seq(self)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Asked> {
        Err(Asked)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct
        tuple tuple_struct map enum identifier ignored_any
    }
}

impl<'de> SeqAccess<'de> for Probe<'_> {
    type Error = Asked;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, item: S) -> Result<Option<S::Value>, Asked> {
        item.deserialize(Probe { found: self.found, in_list: true }).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policies::PutPolicy;
    use crate::users::User;

    #[test]
    fn structs_and_lists_of_them_tell_their_keys() {
        let user = Keys {
            name: "User",
            keys: &["name", "password_hash", "hashing_algorithm", "tags", "limits"],
            in_list: false,
        };
        assert_eq!(
            (keys_of::<User>(), keys_of::<Vec<User>>()),
            (Some(user), Some(Keys { in_list: true, ..user }))
        );
        assert_eq!(keys_of::<PutPolicy>().unwrap().keys.last(), Some(&"apply-to"));
        assert_eq!((keys_of::<()>(), keys_of::<String>(), keys_of::<Vec<String>>()), (None, None, None));
    }
}
