//! The numbers by which a method is told on the wire.

use std::fmt;

/// The number of a method in its class, and that of the class. Every method has its own as `ID`: `basic::Publish::ID`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MethodId {
    /// The number of the class.
    pub class: u16,
    /// The number of the method in its class.
    pub method: u16,
}

impl MethodId {
    /// No method: in a close that none is at fault for.
    pub const NONE: Self = Self { class: 0, method: 0 };

    /// The numbers as a payload begins with them.
    #[inline]
    pub const fn to_bytes(self) -> [u8; 4] {
        let ([c1, c0], [m1, m0]) = (self.class.to_be_bytes(), self.method.to_be_bytes());
        [c1, c0, m1, m0]
    }

    /// The numbers that a payload begins with.
    #[inline]
    pub const fn from_bytes([c1, c0, m1, m0]: [u8; 4]) -> Self {
        Self { class: u16::from_be_bytes([c1, c0]), method: u16::from_be_bytes([m1, m0]) }
    }
}

impl fmt::Display for MethodId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "method {} of class {}", self.method, self.class)
    }
}
