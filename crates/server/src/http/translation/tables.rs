//! AMQP field tables as JSON objects and back, with RabbitMQ's choice of types: whole numbers become 64-bit
//! integers, other numbers doubles, texts long strings.

use serde_json::{Map, Number, Value};
use warren_api::Arguments;
use warren_model::encoding::MAX_DEPTH;
use warren_model::value::{FieldTable, FieldValue};

use crate::http::framework::ApiError;

/// Length of a key, in bytes: it is an AMQP short string.
const MAX_KEY: usize = 255;

/// A JSON object as a field table.
pub fn from_json(object: &Map<String, Value>) -> Result<FieldTable, ApiError> {
    table(object, 1)
}

/// A field table as a JSON object.
pub fn to_json(table: &FieldTable) -> Arguments {
    table.iter().map(|(key, value)| (key.to_owned(), json_value(value))).collect()
}

fn table(object: &Map<String, Value>, depth: usize) -> Result<FieldTable, ApiError> {
    object
        .iter()
        .map(|(key, value)| {
            if key.len() > MAX_KEY {
                return Err(ApiError::bad_request(format!("a key has more than {MAX_KEY} bytes")));
            }
            Ok((key.clone(), field_value(value, depth)?))
        })
        .collect()
}

fn field_value(value: &Value, depth: usize) -> Result<FieldValue, ApiError> {
    if depth >= MAX_DEPTH {
        return Err(ApiError::bad_request(format!("values are nested more than {MAX_DEPTH} deep")));
    }
    match value {
        Value::Null => Err(ApiError::bad_request("null_not_allowed")),
        Value::Bool(flag) => Ok(FieldValue::Boolean(*flag)),
        Value::Number(number) => Ok(number_value(number)),
        Value::String(text) => Ok(FieldValue::from(text.as_str())),
        Value::Array(items) => items
            .iter()
            .map(|item| field_value(item, depth + 1))
            .collect::<Result<_, _>>()
            .map(FieldValue::Array),
        Value::Object(object) => table(object, depth + 1).map(FieldValue::Table),
    }
}

fn number_value(number: &Number) -> FieldValue {
    match number.as_i64() {
        Some(integer) => FieldValue::LongLongInt(integer),
        None => FieldValue::Double(number.as_f64().unwrap_or_default()),
    }
}

/// A field value as JSON. Bytes that are no text lose what is not UTF-8; numbers that JSON does not have are null.
pub fn json_value(value: &FieldValue) -> Value {
    if let Some(integer) = value.as_integer() {
        return integer.into();
    }
    match value {
        FieldValue::Boolean(flag) => Value::Bool(*flag),
        FieldValue::Float(number) => float(f64::from(*number)),
        FieldValue::Double(number) => float(*number),
        FieldValue::Decimal(decimal) => {
            float(f64::from(decimal.value) / 10f64.powi(i32::from(decimal.scale)))
        }
        FieldValue::LongString(bytes) | FieldValue::ByteArray(bytes) => String::from_utf8_lossy(bytes).into(),
        FieldValue::Array(items) => items.iter().map(json_value).collect(),
        FieldValue::Timestamp(seconds) => (*seconds).into(),
        FieldValue::Table(table) => Value::Object(to_json(table).0),
        _ => Value::Null,
    }
}

fn float(number: f64) -> Value {
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use warren_model::value::Decimal;

    use super::*;

    #[test]
    fn json_survives_the_way_there_and_back() {
        let value = json!({"a": 1, "b": [true, -2, "x"], "c": {"d": 1.5, "e": {}}, "f": "ü"});
        let object = value.as_object().unwrap();
        let table = from_json(object).unwrap();
        assert_eq!(table.get("a"), Some(&FieldValue::LongLongInt(1)));
        assert_eq!(FieldTable::decode(&table.to_bytes()).unwrap(), table);
        assert_eq!(&to_json(&table).0, object);
    }

    #[test]
    fn what_has_no_json_of_its_own() {
        let lists = [
            (FieldValue::ShortShortUint(200), json!(200)),
            (FieldValue::Timestamp(u64::MAX), json!(u64::MAX)),
            (FieldValue::Decimal(Decimal { scale: 2, value: 275 }), json!(2.75)),
            (FieldValue::Double(f64::NAN), Value::Null),
            (FieldValue::Float(0.5), json!(0.5)),
            (FieldValue::Void, Value::Null),
            (FieldValue::LongString(vec![0xff, b'a']), json!("\u{fffd}a")),
        ];
        for (value, json) in lists {
            assert_eq!(json_value(&value), json);
        }
    }

    #[test]
    fn what_amqp_cannot_hold_is_refused() {
        let mut deep = json!(1);
        for _ in 0..MAX_DEPTH {
            deep = json!({"x": deep});
        }
        for value in [json!({"a": null}), json!({"a": [null]}), json!({("k".repeat(256)): 1}), deep] {
            assert!(from_json(value.as_object().unwrap()).is_err());
        }
        let mut deep = json!(1);
        for _ in 0..MAX_DEPTH - 1 {
            deep = json!({"x": deep});
        }
        let table = from_json(deep.as_object().unwrap()).unwrap();
        assert!(FieldTable::decode(&table.to_bytes()).is_ok());
    }
}
