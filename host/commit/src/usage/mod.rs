//! Usage and coverage records: what becomes of one that comes, how its values are stored, and what is told of records that are stored. Records come in
//! any order; each says which revision it is.

mod arrivals;
mod forms;
mod pages;
mod records;
mod witness;

pub use arrivals::{Ahead, Told};
pub use forms::{bits, kinds, number, of_position, position, value};
pub use pages::{UsagePage, UsagePlace};
pub use records::{Committed, Put, RecordChanges, SpaceReading};
pub use witness::Witness;
