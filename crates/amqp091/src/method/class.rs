//! The macro that makes the structs of a class, their codec, and the class's enum from one description.

use warren_model::encoding::DecodeError;

use super::arguments::{Arguments, Encoder};
use super::id::MethodId;

/// A method that can be read from and written to a payload.
pub(crate) trait WireMethod<'a>: Sized {
    /// Reads the arguments, all of them.
    fn take(from: Arguments<'a>) -> Result<Self, DecodeError>;
    /// Appends class, method and arguments: the payload of a method frame.
    fn put(&self, out: &mut Vec<u8>);
}

/// Reads the arguments of a `T`.
#[inline]
pub(crate) fn take<'a, T: WireMethod<'a>>(arguments: &'a [u8]) -> Result<T, DecodeError> {
    T::take(Arguments::new(arguments))
}

/// Appends the fields in order.
#[inline]
pub(crate) fn put(out: &mut Vec<u8>, id: MethodId, fields: impl FnOnce(&mut Encoder<'_>)) {
    out.extend_from_slice(&id.to_bytes());
    let mut encoder = Encoder::new(out);
    fields(&mut encoder);
    encoder.flush();
}

/// Describes a class: `class! { Variant, CLASS_CONSTANT, 'a, Method<'a>; … }`, then for each method its number, its name on the wire,
/// its struct, and the fields. `before(…)` and `after(…)` name the types of reserved fields around them.
macro_rules! class {
    (
        $class:ident, $class_id:expr, $lt:lifetime, Method $(<$enum_lt:lifetime>)?;
        $(
            $(#[$doc:meta])*
            $id:literal $wire_name:literal $name:ident $(<$g:lifetime>)?
            $(before($($before:ty),+))?
            { $( $(#[$field_doc:meta])* $field:ident : $ty:ty ),* $(,)? }
            $(after($($after:ty),+))?
        )*
    ) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq)]
            pub struct $name $(<$g>)? {
                $( $(#[$field_doc])* pub $field: $ty, )*
            }

            impl $(<$g>)? $name $(<$g>)? {
                /// The numbers of class and method.
                pub const ID: crate::method::MethodId = crate::method::MethodId { class: $class_id, method: $id };

                /// Appends a whole frame that carries the method on that channel.
                pub fn write_frame(&self, channel: u16, out: &mut Vec<u8>) {
                    crate::frame::write_method_frame(out, channel, |out| {
                        crate::method::class::WireMethod::put(self, out);
                    });
                }
            }

            impl<$lt> crate::method::class::WireMethod<$lt> for $name $(<$g>)? {
                #[inline]
                #[allow(unused_mut, reason = "methods without fields read nothing")]
                fn take(mut from: crate::method::arguments::Arguments<$lt>) -> Result<Self, warren_model::encoding::DecodeError> {
                    $($( <$before as crate::method::arguments::Field>::take(&mut from)?; )+)?
                    let method = $name { $( $field: crate::method::arguments::Field::take(&mut from)?, )* };
                    $($( <$after as crate::method::arguments::Field>::take(&mut from)?; )+)?
                    from.finish()?;
                    Ok(method)
                }

                #[inline]
                #[allow(unused_variables, reason = "methods without fields write nothing")]
                fn put(&self, out: &mut Vec<u8>) {
                    crate::method::class::put(out, Self::ID, |to| {
                        $($( crate::method::arguments::Field::put(&<$before as crate::method::arguments::Field>::RESERVED, to); )+)?
                        $( crate::method::arguments::Field::put(&self.$field, to); )*
                        $($( crate::method::arguments::Field::put(&<$after as crate::method::arguments::Field>::RESERVED, to); )+)?
                    });
                }
            }

            impl<$lt> From<$name $(<$g>)?> for crate::method::Method<$lt> {
                fn from(method: $name $(<$g>)?) -> Self {
                    crate::method::Method::$class(Method::$name(method))
                }
            }
        )*

        /// Any method of the class.
        #[derive(Debug, Clone, Copy, PartialEq)]
        #[allow(missing_docs, reason = "each variant is documented at its struct")]
        pub enum Method $(<$enum_lt>)? {
            $( $name($name $(<$g>)?), )*
        }

        impl $(<$enum_lt>)? Method $(<$enum_lt>)? {
            /// The numbers of class and method.
            pub const fn id(&self) -> crate::method::MethodId {
                match self { $( Method::$name(_) => $name::ID, )* }
            }

            /// The name in the specification, class first: `basic.publish`.
            pub const fn name(&self) -> &'static str {
                match self { $( Method::$name(_) => $wire_name, )* }
            }

            /// Appends class, method and arguments.
            pub(crate) fn put(&self, out: &mut Vec<u8>) {
                match self { $( Method::$name(method) => crate::method::class::WireMethod::put(method, out), )* }
            }
        }

        /// Reads the arguments of the method of that number; `None` if the class has no such method.
        pub(super) fn decode<$lt>(
            method_id: u16,
            arguments: &$lt [u8],
        ) -> Option<Result<Method $(<$enum_lt>)?, warren_model::encoding::DecodeError>> {
            Some(match method_id {
                $( $id => crate::method::class::take(arguments).map(Method::$name), )*
                _ => return None,
            })
        }
    };
}

pub(crate) use class;
