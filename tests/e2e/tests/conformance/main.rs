//! The conformance matrix: how Microsoft Graph really behaves, a case each, and what must come out of the real program.
//!
//! An area is a module; it lists its cases, each with a name that is a sentence and with where the behaviour is recorded. A
//! case that is a pure reading is data ([`scenario::Scenario`]), so that other clients of Graph can be given the very same.
//!
//! `cargo test --test conformance`, a part of `make test`, runs every case through the collector. With `CONFORMANCE_TABLE=docs/conformance.md` (which
//! `make conformance` sets) the scenarios are then read by the other clients too, and the table is written.
//!
//! What is covered, and where:
//!
//! | found in other readers of calendars | module |
//! | --- | --- |
//! | one refused mailbox loses its meetings; a throttled page counts as an empty one | [`between_passes`] |
//! | empty pages, circles, headers lost on page two | [`paging`], [`requests`] |
//! | rooms that come without a next link, lists asked for by the wrong key | [`rooms`], [`room_lists`] |
//! | occurrences of `delta` without marking; resets, replays, removals outside the window | [`changes`] |
//! | `Retry-After` in each form, to the end of the budget; parts of batches; too many requests at once | [`throttling`] |
//! | tokens that die at each step | [`tokens`] |
//! | times: stamped instead of converted, all-day events, zones of every kind | [`times`], [`all_day`], [`zones`], [`series`] |
//! | private meetings | [`privacy`] |
//! | subjects that are the organizer's name; consent and policies that lag | [`checking`] |
//! | a state that is told done before it is stored | the modules `crash` and `service` of the test target `program` |
//! | Graph's errors, row by row; those of the login service | [`graph_errors`], [`login_errors`] |

// The lints know only functions marked as tests; what those call is test too.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout
)]

mod all_day;
mod between_passes;
mod case;
mod changes;
mod checking;
mod client;
mod coming_and_going;
mod delta_rounds;
mod fairness;
mod followed;
mod graph_errors;
mod login_errors;
mod meetings;
mod paging;
mod privacy;
mod requests;
mod room_lists;
mod rooms;
mod run;
mod scenario;
mod series;
mod setting;
mod table;
mod throttling;
mod times;
mod tokens;
mod weather;
mod zones;

use case::Area;

/// Every area, in the order of the table.
fn areas() -> Vec<Area> {
    vec![
        paging::area(),
        requests::area(),
        rooms::area(),
        room_lists::area(),
        between_passes::area(),
        coming_and_going::area(),
        fairness::area(),
        changes::area(),
        throttling::area(),
        tokens::area(),
        times::area(),
        all_day::area(),
        zones::area(),
        series::area(),
        meetings::area(),
        privacy::area(),
        checking::area(),
        graph_errors::area(),
        login_errors::area(),
        weather::area(),
    ]
}

fn main() {
    run::run(areas());
}
