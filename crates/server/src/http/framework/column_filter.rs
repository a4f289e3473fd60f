//! Writes the wanted columns of an object, without making a document of the whole object first: a list of 10,000 queues
//! would be 100 MB of documents.

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple, SerializeTupleStruct, Serializer,
};
use serde_json::Value;

use super::columns::ColumnTree;

/// A value of which only the columns of a tree are written; without a tree all of it.
pub struct Filtered<'t, T> {
    value: T,
    tree: Option<&'t ColumnTree>,
}

impl<'t, T: Serialize> Filtered<'t, T> {
    /// The wanted part of `value`.
    pub fn new(value: T, tree: Option<&'t ColumnTree>) -> Self {
        Self { value, tree: tree.filter(|tree| !tree.is_whole()) }
    }
}

impl<T: Serialize> Serialize for Filtered<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.tree {
            None => self.value.serialize(serializer),
            Some(tree) => self.value.serialize(Filtering { inner: serializer, tree }),
        }
    }
}

/// A serializer, or a part of one, that leaves out what the tree does not name.
struct Filtering<'t, S> {
    inner: S,
    tree: &'t ColumnTree,
}

/// The entries of a map: those whose key the tree does not name are left out.
struct FilteredEntries<'t, S> {
    inner: S,
    tree: &'t ColumnTree,
    wanted: Option<&'t ColumnTree>,
}

macro_rules! forward {
    ($($method:ident($($argument:ident: $type:ty),*);)*) => {
        $(
            fn $method(self, $($argument: $type),*) -> Result<S::Ok, S::Error> {
                self.inner.$method($($argument),*)
            }
        )*
    };
}

impl<'t, S: Serializer> Serializer for Filtering<'t, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Filtering<'t, S::SerializeSeq>;
    type SerializeTuple = Filtering<'t, S::SerializeTuple>;
    type SerializeTupleStruct = Filtering<'t, S::SerializeTupleStruct>;
    type SerializeTupleVariant = S::SerializeTupleVariant;
    type SerializeMap = FilteredEntries<'t, S::SerializeMap>;
    type SerializeStruct = Filtering<'t, S::SerializeStruct>;
    type SerializeStructVariant = S::SerializeStructVariant;

    forward! {
        serialize_bool(v: bool);
        serialize_i8(v: i8);
        serialize_i16(v: i16);
        serialize_i32(v: i32);
        serialize_i64(v: i64);
        serialize_u8(v: u8);
        serialize_u16(v: u16);
        serialize_u32(v: u32);
        serialize_u64(v: u64);
        serialize_f32(v: f32);
        serialize_f64(v: f64);
        serialize_char(v: char);
        serialize_str(v: &str);
        serialize_bytes(v: &[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(name: &'static str);
        serialize_unit_variant(name: &'static str, index: u32, variant: &'static str);
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.serialize_some(&Filtered { value, tree: Some(self.tree) })
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.inner.serialize_newtype_struct(name, &Filtered { value, tree: Some(self.tree) })
    }

    // Variants with content have no columns; none of the API's objects is one.
    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.inner.serialize_newtype_variant(name, index, variant, value)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        Ok(Filtering { inner: self.inner.serialize_seq(length)?, tree: self.tree })
    }

    fn serialize_tuple(self, length: usize) -> Result<Self::SerializeTuple, S::Error> {
        Ok(Filtering { inner: self.inner.serialize_tuple(length)?, tree: self.tree })
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleStruct, S::Error> {
        Ok(Filtering { inner: self.inner.serialize_tuple_struct(name, length)?, tree: self.tree })
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<S::SerializeTupleVariant, S::Error> {
        self.inner.serialize_tuple_variant(name, index, variant, length)
    }

    // How many entries are left is not known yet.
    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        Ok(FilteredEntries { inner: self.inner.serialize_map(None)?, tree: self.tree, wanted: None })
    }

    fn serialize_struct(self, name: &'static str, length: usize) -> Result<Self::SerializeStruct, S::Error> {
        Ok(Filtering { inner: self.inner.serialize_struct(name, length)?, tree: self.tree })
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<S::SerializeStructVariant, S::Error> {
        self.inner.serialize_struct_variant(name, index, variant, length)
    }
}

macro_rules! items {
    ($trait:ident, $method:ident) => {
        impl<S: $trait> $trait for Filtering<'_, S> {
            type Ok = S::Ok;
            type Error = S::Error;

            fn $method<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), S::Error> {
                self.inner.$method(&Filtered { value, tree: Some(self.tree) })
            }

            fn end(self) -> Result<S::Ok, S::Error> {
                self.inner.end()
            }
        }
    };
}

items!(SerializeSeq, serialize_element);
items!(SerializeTuple, serialize_element);
items!(SerializeTupleStruct, serialize_field);

impl<S: SerializeStruct> SerializeStruct for Filtering<'_, S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_field<T: ?Sized + Serialize>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), S::Error> {
        match self.tree.get(key) {
            Some(tree) => self.inner.serialize_field(key, &Filtered::new(value, Some(tree))),
            None => self.inner.skip_field(key),
        }
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.inner.end()
    }
}

impl<S: SerializeMap> SerializeMap for FilteredEntries<'_, S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_key<T: ?Sized + Serialize>(&mut self, key: &T) -> Result<(), S::Error> {
        // A key that is no text has no column.
        self.wanted = match serde_json::to_value(key) {
            Ok(Value::String(name)) => self.tree.get(&name),
            _ => None,
        };
        match self.wanted {
            Some(_) => self.inner.serialize_key(key),
            None => Ok(()),
        }
    }

    fn serialize_value<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), S::Error> {
        match self.wanted {
            Some(tree) => self.inner.serialize_value(&Filtered::new(value, Some(tree))),
            None => Ok(()),
        }
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.inner.end()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Serialize;
    use serde_json::json;

    use super::*;

    #[derive(Serialize)]
    struct Inner {
        c: Option<u32>,
        d: BTreeMap<&'static str, Vec<Value>>,
    }

    #[derive(Serialize)]
    struct Outer {
        a: u32,
        #[serde(skip_serializing_if = "Option::is_none")]
        absent: Option<u32>,
        b: Option<Inner>,
        l: Vec<Value>,
    }

    fn outer() -> Outer {
        let d = BTreeMap::from([("e", vec![json!({"f": 1, "g": 2})]), ("h", Vec::new())]);
        let l = vec![json!({"x": 1, "y": 2}), json!({"y": 3}), json!(7), json!(null)];
        Outer { a: 1, absent: None, b: Some(Inner { c: Some(2), d }), l }
    }

    /// What is written must be what is left of the whole document.
    #[test]
    fn the_written_part_is_the_part_of_the_document() {
        let whole = serde_json::to_value(outer()).unwrap();
        for columns in
            ["a", "b", "b.c", "b.d.e.f", "a,b.d.h,l.x", "l.y", "absent", "zzz", "", "l", "a.x", "b.c.z"]
        {
            let tree = ColumnTree::parse(columns).unwrap();
            let written = serde_json::to_string(&Filtered::new(&outer(), Some(&tree))).unwrap();
            assert_eq!(written, tree.pick(whole.clone()).to_string(), "{columns}");
        }
        assert_eq!(serde_json::to_value(Filtered::new(&outer(), None)).unwrap(), whole);
    }
}
