//! Tiles: a figure at a glance, with its trend, what it could be at most and at least, and how much of it is known.

use collector_insights::rank::Rate;
use collector_insights::report::{Bounds, GroupReport};
use maud::{Markup, html};

use super::words::{
    count, dash, defined, duration, half_read, known, percent, range, read, trend, why_unused,
};

/// What a tile shows.
pub(super) struct Tile<'a> {
    /// The anchor of its definition.
    pub(super) anchor: &'a str,
    /// Its name.
    pub(super) name: &'a str,
    /// Its value; none with the reason.
    pub(super) value: Result<String, &'a str>,
    /// What it could be.
    pub(super) range: Option<String>,
    /// How it changed.
    pub(super) trend: Option<String>,
    /// How much is known, or what it is about.
    pub(super) about: String,
}

/// Tiles side by side. `before` tells what trends compare with.
pub(super) fn tiles(tiles: &[Tile<'_>], before: &str) -> Markup {
    html! {
        ul.tiles {
            @for tile in tiles {
                li.card {
                    p.name { (defined(tile.anchor, tile.name)) }
                    p.value {
                        @match &tile.value { Ok(value) => (value), Err(why) => (dash(why)) }
                    }
                    @if let Some(range) = &tile.range { p.range { (range) " possible" } }
                    @if let Some(trend) = &tile.trend { p.trend { (trend) " " small.muted { (before) } } }
                    p.about.muted { (tile.about) }
                }
            }
        }
    }
}

/// What the period before can be compared with, if anything: calendars were read for at least half of its open time.
pub(super) fn comparable(before: Option<&GroupReport>) -> Option<&GroupReport> {
    before.filter(|group| {
        let (unread, open) = (group.unread_seconds, group.open_seconds);
        unread.unwrap_or_default().saturating_mul(2) <= open.unwrap_or_default()
    })
}

fn value(rate: Option<Rate>, why: &str) -> Result<String, &str> {
    rate.map(percent).ok_or(why)
}

/// A rate with its bounds.
fn bounded<'a>(
    (anchor, name): (&'a str, &'a str),
    now: Bounds,
    before: Option<Bounds>,
    (why, about): (&'a str, String),
) -> Tile<'a> {
    Tile {
        anchor,
        name,
        value: value(now.value, why),
        range: range(&now),
        trend: trend(now.value, before.and_then(|before| before.value)),
        about,
    }
}

/// How much rooms were used. `before` is the period before, if something is known of it.
pub(super) fn used<'a>(group: &GroupReport, before: Option<&GroupReport>) -> Tile<'a> {
    bounded(
        ("used_rate", "Used"),
        group.used_rate.unwrap_or_default(),
        before.and_then(|before| before.used_rate),
        (why_unused(group), known(group)),
    )
}

/// How much rooms were booked.
pub(super) fn booked<'a>(group: &GroupReport, before: Option<&GroupReport>) -> Tile<'a> {
    Tile {
        anchor: "booked_rate",
        name: "Booked",
        value: value(group.booked_rate, "no calendar was read"),
        range: None,
        trend: trend(group.booked_rate, before.and_then(|before| before.booked_rate)),
        about: match read(group) {
            Some(rate) => format!("calendars read for {} of the time", percent(rate)),
            None => "no open time".to_owned(),
        },
    }
}

/// How much of the booked time rooms were held and empty.
pub(super) fn held_empty<'a>(group: &GroupReport, before: Option<&GroupReport>) -> Tile<'a> {
    Tile {
        anchor: "held_empty_rate",
        name: "Held but empty",
        value: value(group.held_empty_rate, "no booked time was observed"),
        range: None,
        trend: trend(
            group.held_empty_rate,
            before.and_then(|before| before.held_empty_rate),
        ),
        about: match observed_of_booked(group) {
            Some(share) => format!("of the booked time that was observed: {share}"),
            None => "no booked time was read".to_owned(),
        },
    }
}

/// How much of the booked time was observed: `62 % of 1,250 h`.
fn observed_of_booked(group: &GroupReport) -> Option<String> {
    let sums = &group.basis.of_time.as_ref()?.sums;
    let booked = sums.inside.booked();
    let observed = booked - sums.inside.booked_unknown - sums.booked_unwitnessed;
    Some(format!(
        "{} of {}",
        percent(Rate::of(observed, booked)?),
        duration(booked)
    ))
}

/// How many meetings were judged, and how many could not be: `40 judged, 3 unknown`.
fn judged(group: &GroupReport) -> String {
    let unknown = group.bookings.unknown + group.bookings.no_activity;
    format!("{} judged, {} unknown", count(group.basis.judged), count(unknown))
}

/// How many meetings nobody came to.
pub(super) fn no_shows<'a>(group: &GroupReport, before: Option<&GroupReport>) -> Tile<'a> {
    let bookings = &group.bookings;
    bounded(
        ("no_show_rate", "No-shows"),
        group.no_show_rate,
        before.map(|before| before.no_show_rate),
        (
            "no meeting could be judged",
            format!(
                "{} of {}",
                count(bookings.no_show + bookings.released_empty),
                judged(group)
            ),
        ),
    )
}

/// Hours that could be won back.
pub(super) fn no_show_time<'a>(group: &GroupReport) -> Tile<'a> {
    Tile {
        anchor: "no_show_seconds",
        name: "Booked for nobody",
        value: match group.no_show_rate.value {
            Some(_) => Ok(duration(group.no_show_seconds)),
            None => Err("no meeting could be judged"),
        },
        range: None,
        trend: None,
        about: format!("open time inside no-shows, of {}", judged(group)),
    }
}

/// Time that was given back, and how much of it was used again.
pub(super) fn given_back<'a>(group: &GroupReport) -> Tile<'a> {
    let about = match Rate::of(group.reused_seconds, group.given_back_seconds) {
        Some(rate) => format!("{} of it was used again", percent(rate)),
        None => "nothing was given back".to_owned(),
    };
    Tile {
        anchor: "given_back_seconds",
        name: "Given back late",
        value: match group.booked_rate {
            Some(_) => Ok(duration(group.given_back_seconds)),
            None => Err("no calendar was read"),
        },
        range: None,
        trend: None,
        about: match half_read(group) {
            Some(read) => format!("{about}; {read}"),
            None => about,
        },
    }
}

/// Meetings without a booking.
pub(super) fn sessions<'a>(group: &GroupReport) -> Tile<'a> {
    let sessions = group.unbooked_sessions.unwrap_or_default();
    Tile {
        anchor: "unbooked_sessions",
        name: "Used without a booking",
        value: match group.rooms_observed {
            Some(1..) => Ok(count(sessions.count)),
            _ => Err(why_unused(group)),
        },
        range: None,
        trend: None,
        about: match group.rooms_observed {
            Some(1..) => {
                format!(
                    "sessions, {} in all; {}",
                    duration(sessions.seconds),
                    known(group)
                )
            }
            _ => known(group),
        },
    }
}
