//! The figures of a report, in the order of its keys (contract, section 5).

use super::{Definition, Section, definition, length};
use crate::clock::SLOT;
use crate::day::{BRIDGED, IN_USE, SESSION, VACANT_ALREADY};
use crate::figures::{FEWEST_PARTIES, FITS, NOT_TOO_BIG};
use crate::tally::{EARLY_END, LATE_START, RELEASES};
use crate::verdict::OBSERVED;
use crate::zombie::{AHEAD, STREAK};

pub(super) fn section() -> Section {
    let mut definitions = of_time();
    definitions.extend(of_bookings());
    definitions.extend(of_people());
    definitions.extend(of_several_rooms());
    definitions.extend(of_what_could_be());
    Section {
        title: "Figures",
        intro: vec![
            "All figures of time are about seconds that are open and read, unless they say otherwise. A second is in the group of its own local time; \
             a booking is in the group of its start, with all its figures."
                .into(),
            "Rates have 4 decimals, rounded half up. A rate is null if what it divides by is 0; a figure is null if the group cannot have it (by \
             series there are only figures of bookings). Percentiles and medians are values that occurred (nearest rank)."
                .into(),
            "`lower` and `upper` are what a rate would be if everything unknown counted for the least and for the most. Its `value` comes from what is \
             known alone and may lie outside of them: what was observed need not be typical."
                .into(),
        ],
        kind: "Figure",
        is_code: true,
        definitions,
    }
}

fn figure(name: &str, means: impl Into<String>) -> Definition {
    definition("", name, means)
}

fn of_time() -> Vec<Definition> {
    vec![
        figure(
            "rooms",
            "Rooms in scope, also those that nothing is known about, and also where groups are times.",
        ),
        figure(
            "rooms_observed",
            "Rooms of which a second of the group is witnessed.",
        ),
        figure("open_seconds", "Open seconds that have passed, read or not."),
        figure("unread_seconds", "Those of them that were not read."),
        figure(
            "cells",
            "Seconds by whether they were booked, and whether they were occupied, vacant or unknown. The six cells and `unread_seconds` add up to \
             `open_seconds`.",
        ),
        figure(
            "occupied_unwitnessed_seconds",
            "Occupied seconds that only calls or presentations prove.",
        ),
        figure(
            "outside",
            "Read seconds outside of open time that were `booked`, and that were `occupied`.",
        ),
        figure(
            "conflict_seconds",
            "Seconds at which a call was going on and 0 people were counted. How many people there were is unknown then: one of the devices is wrong, or in \
             another room.",
        ),
        figure(
            "coverage",
            "Witnessed seconds / (`open_seconds` − `unread_seconds`).",
        ),
        figure(
            "booked_rate",
            "Booked seconds / (`open_seconds` − `unread_seconds`).",
        ),
        figure(
            "used_rate",
            "`value`: occupied seconds that are witnessed / witnessed seconds. `lower`: all occupied seconds / (`open_seconds` − `unread_seconds`); \
             `upper`: the same with the unknown ones.",
        ),
        figure(
            "held_empty_rate",
            "Booked and vacant seconds / booked seconds that are witnessed.",
        ),
    ]
}

fn of_bookings() -> Vec<Definition> {
    vec![
        figure(
            "bookings",
            "How many bookings have each verdict. The column Bookings of the table leaves out `cancelled-early` and `not-counted`.",
        ),
        figure(
            "no_show_rate",
            format!(
                "`value`: N / (N + brief + attended), with N = `no-show` and `released-empty`, and of the attended ones those of which at least \
                 {OBSERVED} % is known. `lower`: N / E, with E = N + brief + all attended + unknown; `upper`: (N + unknown) / E."
            ),
        ),
        figure(
            "no_show_seconds",
            "Open seconds inside the bookings that are `no-show`, booking by booking.",
        ),
        figure(
            "given_back_seconds",
            "What removals gave back, as far as it has passed: all of a `cancelled-late` booking, and of a `cancelled-after-start` or \
             `released-empty` one the time from its removal to its end.",
        ),
        figure(
            "reused_seconds",
            "How much of `given_back_seconds` other bookings book, or is occupied.",
        ),
        figure(
            "unbooked_sessions",
            format!(
                "Somebody was in a room that nobody had booked, for at least {} in all. Gaps of at most {} belong to one session and are not counted \
                 in its seconds. A session is in the group of its first second.",
                length(SESSION),
                length(BRIDGED)
            ),
        ),
        figure(
            "late_start",
            format!(
                "Attended bookings of which at least {OBSERVED} % is known and whose first occupied second is more than {} after the start; `seconds` \
                 are the sum of these delays. Bookings with partly known time are left out.",
                length(LATE_START)
            ),
        ),
        figure(
            "early_end",
            format!(
                "The same bookings, if the room was vacant for the last {} or more; `seconds` are the sum of these vacant times.",
                length(EARLY_END)
            ),
        ),
    ]
}

fn of_people() -> Vec<Definition> {
    vec![
        figure(
            "party",
            "The people of an attended booking: the 90th percentile over its seconds at which more than 0 were counted, since a peak may be a door \
             that opened. `bookings` is how many have one, `median` and `p90` are of these.",
        ),
        figure(
            "seat_fill",
            "People times seconds / (seats × seconds at which more than 0 people were counted), in rooms with a capacity, booked or not.",
        ),
        figure(
            "fit",
            format!(
                "Rooms with a capacity and at least {FEWEST_PARTIES} parties, by the 90th percentile of these parties / seats: below {NOT_TOO_BIG} % \
                 `too-big`, below {FITS} % `roomy`, up to 100 % `fits`, above `too-small`."
            ),
        ),
    ]
}

fn of_several_rooms() -> Vec<Definition> {
    vec![
        figure(
            "in_use",
            format!(
                "How many rooms of a building and of about the same seats are in use at once, over all slots of {} that were open throughout. A room \
                 is in use in a slot when more than {} of its read seconds are: `booked`; `occupied` for certain; `possible` counts unknown seconds \
                 as occupied. `p95` is the 95th percentile, `highest` the most, `at` the first slot with the most, and `spare` the rooms that the \
                 95th percentile leaves. Only for everything and by building.",
                length(SLOT),
                length(IN_USE)
            ),
        ),
        figure(
            "full_seconds",
            "Seconds at which every room of a building and of about the same seats is booked, those that a filter leaves out too. Null by room and series.",
        ),
        figure(
            "false_full_seconds",
            format!(
                "Those of them at which one of these rooms has certainly been vacant for {} already.",
                length(VACANT_ALREADY)
            ),
        ),
    ]
}

fn of_what_could_be() -> Vec<Definition> {
    let (last, first) = RELEASES.split_last().unwrap_or((&0, &[]));
    let first: Vec<String> = first.iter().map(i64::to_string).collect();
    vec![
        figure(
            "release_curve",
            format!(
                "What it would do to release rooms that are still empty after {} or {last} minutes. Of the bookings that are `attended`, `brief` or \
                 `no-show`, longer than that, at least {OBSERVED} % known and without partly known time, those without an occupied second until then: \
                 `thrown_out` is how many of them are attended, `freed_seconds` what remains of the others.",
                first.join(", ")
            ),
        ),
        figure(
            "zombies",
            format!(
                "Series that nobody attends: counted back from the end of the period (or now), at least {STREAK} bookings in a row are `no-show` or \
                 `released-empty`. An attended or brief one ends the count, and other verdicts do not touch it. `last_attended` is the start of the \
                 last attended one, `seconds_ahead` what the series books in the next {}. Null where groups are times.",
                length(AHEAD)
            ),
        ),
        figure(
            "lead_time",
            "Median seconds from when a booking was first seen to its start, of those whose start an earlier complete reading covered without them: of \
             others nobody knows when they were made.",
        ),
    ]
}
