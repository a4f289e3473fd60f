//! Salvage: damage is refused, unless the operator asks to go on without what is damaged.

mod damage;
mod file_system;
mod segments;

pub use damage::LeftOut;
pub(crate) use damage::Salvage;
pub(crate) use file_system::SalvageFs;
pub(crate) use segments::salvage_segments;
