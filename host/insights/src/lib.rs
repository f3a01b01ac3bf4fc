//! What rooms were booked for, and how they were used.

mod bucket;
pub mod clock;
pub mod evidence;
mod exact;
#[cfg(test)]
mod fixture;
pub mod hours;
pub mod spans;
mod statement;
pub mod witness;
