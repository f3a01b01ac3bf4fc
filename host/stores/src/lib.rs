//! What the collector needs of a store, whichever it is. Each trait is as narrow as whoever uses it, and what its functions mean stands in
//! `collector_commit`.

mod collected;

pub use collected::{Collected, all_failed};
