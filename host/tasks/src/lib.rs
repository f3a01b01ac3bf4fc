//! Tasks of the async executor.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`watched`] | limits a panic to the work in which it happened; counts and logs it |
//! | [`blocking`] | does work that blocks a thread on a thread of its own |

pub mod blocking;
pub mod watched;
