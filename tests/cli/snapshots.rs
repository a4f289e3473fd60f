//! The whole output of every command in every format.
