//! `perf`: a load on a broker, and what it makes of it.

mod figures;
mod load;
mod progress;
mod target;
mod words;

pub use load::Perf;
