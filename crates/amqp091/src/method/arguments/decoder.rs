//! The arguments of a method, field by field, in both directions.

use warren_model::encoding::{DecodeError, Reader, put_long_str, put_short_str};

use warren_model::value::Table;

use super::encoder::Encoder;

/// Reads the arguments of a method; consecutive bits share octets.
pub(crate) struct Arguments<'a> {
    reader: Reader<'a>,
    bits: u8,
    left: u8,
}

impl<'a> Arguments<'a> {
    #[inline]
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Arguments { reader: Reader::new(bytes), bits: 0, left: 0 }
    }

    /// Where to read a field that is not a bit.
    #[inline]
    fn reader(&mut self) -> &mut Reader<'a> {
        self.left = 0;
        &mut self.reader
    }

    #[inline]
    fn bit(&mut self) -> Result<bool, DecodeError> {
        if self.left == 0 {
            self.bits = self.reader.u8()?;
            self.left = 8;
        }
        let bit = self.bits & 1 == 1;
        self.bits >>= 1;
        self.left -= 1;
        Ok(bit)
    }

    /// All arguments must have been read.
    #[inline]
    pub(crate) fn finish(self) -> Result<(), DecodeError> {
        self.reader.finish()
    }
}

/// A type that an argument of a method can have.
pub(crate) trait Field<'a>: Sized {
    /// What is sent where the specification reserves a field of this type.
    const RESERVED: Self;
    /// Reads the field.
    fn take(from: &mut Arguments<'a>) -> Result<Self, DecodeError>;
    /// Appends the field.
    fn put(&self, to: &mut Encoder<'_>);
}

macro_rules! integer_fields {
    ($($int:ident)*) => {$(
        impl<'a> Field<'a> for $int {
            const RESERVED: Self = 0;

            #[inline]
            fn take(from: &mut Arguments<'a>) -> Result<Self, DecodeError> {
                from.reader().$int()
            }

            #[inline]
            fn put(&self, to: &mut Encoder<'_>) {
                to.out().extend_from_slice(&self.to_be_bytes());
            }
        }
    )*};
}

integer_fields!(u8 u16 u32 u64);

impl<'a> Field<'a> for bool {
    const RESERVED: Self = false;

    #[inline]
    fn take(from: &mut Arguments<'a>) -> Result<Self, DecodeError> {
        from.bit()
    }

    #[inline]
    fn put(&self, to: &mut Encoder<'_>) {
        to.bit(*self);
    }
}

impl<'a> Field<'a> for &'a str {
    const RESERVED: Self = "";

    #[inline]
    fn take(from: &mut Arguments<'a>) -> Result<Self, DecodeError> {
        from.reader().short_str()
    }

    #[inline]
    fn put(&self, to: &mut Encoder<'_>) {
        put_short_str(to.out(), self);
    }
}

impl<'a> Field<'a> for &'a [u8] {
    const RESERVED: Self = &[];

    #[inline]
    fn take(from: &mut Arguments<'a>) -> Result<Self, DecodeError> {
        from.reader().long_bytes()
    }

    #[inline]
    fn put(&self, to: &mut Encoder<'_>) {
        put_long_str(to.out(), self);
    }
}

impl<'a> Field<'a> for Table<'a> {
    const RESERVED: Self = Table::EMPTY;

    #[inline]
    fn take(from: &mut Arguments<'a>) -> Result<Self, DecodeError> {
        Table::read(from.reader())
    }

    #[inline]
    fn put(&self, to: &mut Encoder<'_>) {
        put_long_str(to.out(), self.as_bytes());
    }
}
