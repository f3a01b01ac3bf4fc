//! What rooms were booked for, and how they were used: for every second of every room whether it was booked, and whether it was occupied,
//! vacant or unknown. Everything else is a sum over that, and *unknown is never shown as empty*.
//!
//! All of it is functions of values. There is no clock (`now` is a parameter), no file and no database, and the only zones are those that
//! come with jiff. Instants are UTC seconds; sums are whole numbers; rates are computed from them when a report is made.
//!
//! ```
//! use collector_insights::world;
//!
//! let known = world::read(
//!     r#"{"now": 1773500000,
//!         "rooms": [{"source": "contoso", "address": "a@contoso.com", "building": "HQ", "capacity": 8}],
//!         "bookings": [{"source": "contoso", "room": "a@contoso.com", "id": "1", "start": 1773133200, "end": 1773136800,
//!                       "status": "confirmed"}],
//!         "readings": [{"source": "contoso", "room": "a@contoso.com", "spans": [[1773100800, 1773187200]]}],
//!         "records": [{"type": "usage", "source": "webex", "space": "a@contoso.com", "key": "k", "revision": 1, "withdrawn": false,
//!                      "kind": "people-count", "form": "interval", "start": "2026-03-10T09:00:00Z", "end": "2026-03-10T10:00:00Z",
//!                      "value": 0}]}"#,
//! )?;
//! let question = world::read_question(r#"{"from": "2026-03-10", "to": "2026-03-11", "by": "building"}"#)?;
//! let report = known.report(&question);
//! assert_eq!(report.groups[0].bookings.no_show, 1);
//! assert_eq!(known.verdicts(&question)[0].verdict, "no-show");
//! # Ok::<(), world::WorldError>(())
//! ```
//!
//! | module | what it has |
//! | --- | --- |
//! | [`spans`] | sets of seconds, and what can be done with them |
//! | [`hours`], [`clock`] | open time, local days, hours and quarter hours |
//! | [`room`], [`booking`] | what figures need to know about rooms and bookings |
//! | [`witness`], [`evidence`] | what records prove about each second of a room |
//! | [`base`], [`day`], [`sums`] | everything countable of one room and one local date: what is stored and added up |
//! | [`amounts`], [`month`] | the same of rooms that share building and band, and a month: what most reports are added up from |
//! | [`verdict`], [`class`] | what became of one booking, and of which class it is |
//! | [`peers`], [`zombie`] | figures for which several rooms, or all bookings of a series, are looked at together |
//! | [`group`], [`rank`], [`report`] | questions, groups, rates, and the JSON of the answers |
//! | [`definitions`] | what each of them means, in words |
//! | [`basis`], [`profile`] | the figures of other products, computed from the same |
//! | [`answer`] | all of it, for some rooms after others |
//! | [`strip`] | a local date of a room as it is drawn |
//! | [`closed`] | a closed month, and what became different since |
//! | [`selection`] | the rooms that a filter leaves, with reports about them |
//! | [`weekly`] | a week as people read it on a Monday |
//! | [`portfolio`], [`mod@world`] | all rooms at once, as a value and from one JSON document |

mod adding;
pub mod amounts;
pub mod answer;
pub mod base;
pub mod basis;
pub mod booking;
mod bucket;
pub mod class;
pub mod clock;
pub mod closed;
pub mod day;
pub mod definitions;
pub mod evidence;
mod exact;
mod figures;
#[cfg(test)]
mod fixture;
pub mod group;
pub mod hours;
mod lists;
pub mod month;
pub mod peers;
pub mod portfolio;
pub mod profile;
pub mod rank;
pub mod report;
pub mod room;
pub mod selection;
pub mod spans;
mod sparse;
mod statement;
pub mod strip;
pub mod sums;
mod tally;
pub mod verdict;
pub mod weekly;
pub mod witness;
pub mod world;
pub mod zombie;
