//! What rooms were booked for, and how they were used.

pub mod clock;
pub mod hours;
pub mod spans;
