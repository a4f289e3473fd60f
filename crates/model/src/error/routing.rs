//! The reasons to do with exchange types and the addresses of messages, in RabbitMQ's words.

use crate::value::FieldValue;

use super::Error;
use super::terms::{type_name, write_term};

fn term(value: &FieldValue) -> String {
    let mut term = String::new();
    // Writing into a string cannot fail.
    let _ = write_term(value, &mut term);
    term
}

/// What an exchange is declared with.
impl Error {
    /// There is no such exchange type.
    pub fn unknown_exchange_type(kind: &str) -> Self {
        Self::PreconditionFailed(format!("unknown exchange type '{kind}'"))
    }

    /// An argument that names what is hashed, and is no text.
    pub fn hash_argument_type(name: &str, value: &FieldValue) -> Self {
        Self::PreconditionFailed(format!("invalid type '{}' for arg '{name}'", type_name(value)))
    }

    /// Two arguments that name what is hashed.
    pub fn hash_arguments_exclusive() -> Self {
        Self::PreconditionFailed("hash-header and hash-property are mutually exclusive".into())
    }

    /// A property that messages are not hashed on.
    pub fn unsupported_hash_property(property: &str) -> Self {
        Self::PreconditionFailed(format!("Unsupported property: {property}"))
    }

    /// A length of the history of an exchange that cannot be.
    pub fn invalid_history_length(value: &FieldValue) -> Self {
        let value = term(value);
        Self::PreconditionFailed(format!(
            "Invalid argument {value}, 'x-recent-history-length' must be a positive integer"
        ))
    }

    /// A delayed exchange that is of no other type besides.
    pub fn invalid_delayed_type() -> Self {
        let text = "Invalid argument, 'x-delayed-type' must be an existing exchange type";
        Self::PreconditionFailed(text.into())
    }
}

/// What is bound to an exchange.
impl Error {
    /// A binding key that is to be a weight.
    pub fn binding_key_no_integer(key: &str) -> Self {
        Self::PreconditionFailed(format!("The binding key must be an integer: {}", term(&key.into())))
    }

    /// A weight below one.
    pub fn binding_key_too_small() -> Self {
        Self::PreconditionFailed("The binding key must be greater than 0".into())
    }

    /// A weight above `most`.
    pub fn binding_key_too_large(most: u64) -> Self {
        Self::PreconditionFailed(format!("The binding key must not exceed {most}"))
    }

    /// A binding to a queue of a kind that the type of the exchange is not for.
    pub fn queue_type_not_valid(kind: &str) -> Self {
        Self::PreconditionFailed(format!("Queue type rabbit_{kind}_queue not valid for this exchange type"))
    }

    /// A binding key where none may be.
    pub fn binding_key_not_permitted(key: &str) -> Self {
        Self::PreconditionFailed(format!("Non empty binding '{key}' key not permitted"))
    }

    /// A binding to an exchange where only queues may be bound.
    pub fn destination_not_found() -> Self {
        Self::PreconditionFailed("Destination not found".into())
    }
}

/// What messages are addressed with.
impl Error {
    /// A header `CC` or `BCC` that is no array.
    pub fn unacceptable_header(header: &str, value: &FieldValue) -> Self {
        let kind = type_name(value);
        Self::PreconditionFailed(format!(
            "invalid message: {{unacceptable_type_in_header,\"{header}\",{kind}}}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_stand_in_the_texts_as_erlang_writes_them() {
        let text = |error: Error| error.to_string();
        assert_eq!(
            text(Error::binding_key_no_integer("a\"b")),
            "PRECONDITION_FAILED - The binding key must be an integer: <<\"a\\\"b\">>"
        );
        assert_eq!(
            text(Error::unacceptable_header("CC", &"k".into())),
            "PRECONDITION_FAILED - invalid message: {unacceptable_type_in_header,\"CC\",longstr}"
        );
    }
}
