//! The figures of bookings combined with use, computed a second time to check the program's.
//!
//! Everything is one entry a second and loops over them: slow and plain, so that a reader can compare it with the definitions
//! sentence by sentence. It shares no code with the program.
//!
//! A *world* is rooms, bookings, readings and records of usage and coverage at one `now`; a *question* is a period, a key to group by
//! and filters; both are JSON. [`report`] and [`verdicts`] answer, [`generate`](generate::generate) makes worlds that hit the corners.
//!
//! ```
//! let world = serde_json::json!({"now": 0, "insights": {}, "rooms": [], "bookings": [], "readings": [], "records": []});
//! let question = serde_json::json!({"from": "1970-01-01", "to": "1970-01-02", "by": "room", "buildings": [], "rooms": []});
//! assert_eq!(oracle::report(&world, &question)["groups"], serde_json::json!([]));
//! ```
//!
//! | module | step |
//! | --- | --- |
//! | [`world`], [`question`] | what is given |
//! | [`clock`], [`hours`] | the wall clock of a room, and when it is open |
//! | [`four`], [`evidence`], [`bucket`] | what devices say of each second |
//! | [`timeline`] | all that is known of each second of a room |
//! | [`tally`] | occupied, vacant and unknown among some seconds |
//! | [`verdict`], [`meeting`] | what became of each booking, and its figures |
//! | [`cells`], [`sessions`], [`pressure`], [`zombies`] | the figures of seconds, of rooms together, and of series |
//! | [`key`], [`answer`] | groups, and the answer as JSON |
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "only tests run this: a malformed world is a mistake in the test, and should end it where it is met"
)]

pub mod answer;
pub mod bucket;
pub mod cells;
pub mod clock;
pub mod evidence;
pub mod four;
pub mod generate;
pub mod hours;
pub mod key;
pub mod meeting;
pub mod number;
pub mod outcome;
pub mod pressure;
pub mod question;
pub mod sessions;
pub mod tally;
pub mod timeline;
pub mod verdict;
pub mod world;
pub mod zombies;

pub use answer::{Oracle, report, verdicts};
