//! Work of the executor.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`watched`] | a panic costs the work that it happened in and nothing else, and is counted and logged |
//! | [`blocking`] | what blocks a thread is done on a thread of its own |

pub mod blocking;
pub mod watched;
