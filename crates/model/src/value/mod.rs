//! Field values and field tables (specification 4.2.5.5), in the form that RabbitMQ and its clients use.
//!
//! | octet | variant | what follows it |
//! | --- | --- | --- |
//! | `t` | [`FieldValue::Boolean`] | one octet, 0 is false |
//! | `b` / `B` | [`FieldValue::ShortShortInt`] / [`FieldValue::ShortShortUint`] | 8 bits |
//! | `s` / `u` | [`FieldValue::ShortInt`] / [`FieldValue::ShortUint`] | 16 bits |
//! | `I` / `i` | [`FieldValue::LongInt`] / [`FieldValue::LongUint`] | 32 bits |
//! | `l` | [`FieldValue::LongLongInt`] | 64 bits; `L` is read as the same and written as `l` |
//! | `f` / `d` | [`FieldValue::Float`] / [`FieldValue::Double`] | IEEE 754 |
//! | `D` | [`FieldValue::Decimal`] | scale (one octet), then 32 bits |
//! | `S` / `x` | [`FieldValue::LongString`] / [`FieldValue::ByteArray`] | length (32 bits), then octets |
//! | `A` / `F` | [`FieldValue::Array`] / [`FieldValue::Table`] | length (32 bits), then the elements |
//! | `T` | [`FieldValue::Timestamp`] | 64 bits, seconds since 1970 |
//! | `V` | [`FieldValue::Void`] | nothing |
//!
//! [`Table`] borrows a table that was checked when it was read; [`FieldTable`] owns one. Tables nest at most
//! [`crate::encoding::MAX_DEPTH`] deep.

mod field_table;
mod field_value;
mod table;
mod value_ref;

pub use field_table::FieldTable;
pub use field_value::{Decimal, FieldValue};
pub use table::{Array, ArrayIter, Table, TableIter};
pub use value_ref::ValueRef;
