//! `insights.sqlite3`: what is computed of each room and local date, kept until something about it changes (contract, section 8).
//!
//! The file holds only what can be computed again from the store, as integers: no subject, and nobody's name. [`Rollups::fold`] reads from the
//! store's journal what changed, marks the dates that depend on it, and computes each marked date anew by the pure functions of
//! `collector-insights`; nothing is ever counted up. So a kill at any moment loses nothing: marks are taken over in one transaction, and a room's
//! dates and their marks change in one. [`Rollups::reports`] adds up what is stored.
//!
//! Deleting the file is the repair. One that is damaged, of another store or of another version of the program is replaced.

mod adding;
mod any_month;
mod batch;
mod build;
mod compute;
mod content;
mod file;
mod fold;
mod known;
mod marks;
mod months;
mod news;
mod plain;
mod report;
mod scope;
mod series;
mod threads;
mod write;

pub use file::{Rollups, RollupsError};
pub use fold::Folded;
pub use known::{known, together};
pub use news::{ClosedDay, News, NewsPage, Told};
pub use report::Asked;
pub use scope::Scope;

#[cfg(test)]
mod tests;
