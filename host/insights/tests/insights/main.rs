//! The rules of sections 2 to 6, in examples that a user could tell, through the JSON of worlds and answers.

// Tests may panic: that is how they fail.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod bookings;
mod definitions;
mod edge_cases;
mod figures;
mod profile;
mod several_rooms;
mod support;
mod verdicts;
