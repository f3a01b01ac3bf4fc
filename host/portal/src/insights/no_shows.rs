//! No-shows: how many, when, and after how many minutes a room that stays empty should be released.

use collector_insights::group::By;
use collector_insights::report::{GroupReport, Report};
use maud::{Markup, html};

use super::chart::{Column, Kind, Value, chart, float, hours_of, percents};
use super::files::take_away_by;
use super::filter::{Filter, nothing};
use super::tile::{comparable, given_back, no_show_time, no_shows, tiles};
use super::words::{ahead, count, dash, defined, duration, percent, range, use_is, weekday};
use crate::api::{AskedReport, Selection};

/// Where the page is.
pub(super) const PATH: &str = "/insights/no-shows";

/// The ways in which the page breaks figures down, in words.
const FILES: [(By, &str); 5] = [
    (By::Weekday, "day of the week"),
    (By::Hour, "hour"),
    (By::LeadTime, "lead time"),
    (By::Length, "length"),
    (By::Seats, "seats"),
];

/// The reports that the page needs.
pub(super) fn asked(filter: &Filter) -> Vec<AskedReport> {
    vec![
        filter.ask(By::All),
        filter.ask_before(By::All),
        filter.ask(By::Weekday),
        filter.ask(By::Hour),
        filter.ask(By::Seats),
        filter.ask(By::LeadTime),
        filter.ask(By::Length),
    ]
}

/// The page.
pub(super) fn page(view: &Selection, filter: &Filter, has_parquet: bool, now: i64) -> Markup {
    html! {
        h1 { "No-shows and release" }
        (filter.form(PATH, view, now))
        @match view.reports.as_slice() {
            [all, earlier, rest @ ..] => {
                @if let Some(group) = all.groups.first() {
                    (content(group, comparable(earlier.groups.first()), rest, filter))
                    (take_away_by(filter, &FILES, has_parquet))
                }
            }
            _ => (nothing(view, filter, PATH)),
        }
    }
}

fn content(
    group: &GroupReport,
    earlier: Option<&GroupReport>,
    broken_down: &[Report],
    filter: &Filter,
) -> Markup {
    let since = filter.days_before();
    html! {
        p { (use_is(group)) }
        (tiles(&[no_shows(group, earlier), no_show_time(group), given_back(group)], &since))
        (release(group))
        @if let [weekdays, hours, seats, leads, lengths] = broken_down {
            div.columns {
                div.card { (when("By day of the week", "Day", weekdays, |key| weekday(key).to_owned())) }
                div.card { (when("By hour of their start", "Hour", &from_first_to_last(hours), hour)) }
            }
            div.columns {
                div.card { (by_lead(group, leads)) }
                div.card { (when("By length", "Length", &with_meetings(lengths), length)) }
            }
            div.card { (when("By seats of the room", "Seats", seats, |key| super::words::seats(key).to_owned())) }
        }
    }
}

/// By how long before their start meetings were booked.
fn by_lead(group: &GroupReport, leads: &Report) -> Markup {
    html! {
        (when("By lead time", "Booked before the start", &with_meetings(leads), lead))
        p.about {
            (defined("lead_time", "Lead time")) ": "
            @match group.lead_time {
                Some(lead) => { "half of all meetings were booked at least " (ahead(lead)) " before they began. " },
                None => { (dash("not known of any meeting.")) " " },
            }
            small.muted { "It is known of meetings that were not there yet when their room was read before, and seen before their start." }
        }
    }
}

/// Freed hours against meetings that are thrown out.
fn release(group: &GroupReport) -> Markup {
    let bookings = &group.bookings;
    let judged = bookings.attended + bookings.brief + bookings.no_show;
    let columns = [
        Column {
            name: "Hours freed",
            unit: "h",
            is_other: false,
        },
        Column {
            name: "Meetings thrown out",
            unit: "",
            is_other: true,
        },
    ];
    let rows: Vec<(String, Vec<Value>)> = group
        .release_curve
        .iter()
        .map(|release| {
            let values = match judged {
                0 => vec![
                    Value::Unknown("no meeting was judged"),
                    Value::Unknown("no meeting was judged"),
                ],
                _ => vec![
                    Value::Known(hours_of(release.freed_seconds), duration(release.freed_seconds)),
                    Value::Known(float(release.thrown_out), count(release.thrown_out)),
                ],
            };
            (format!("{} min", release.minutes), values)
        })
        .collect();
    html! {
        div.card {
            h2 { (defined("release_curve", "Release")) " of rooms that stay empty" }
            p {
                "If a room is released when nobody has come after so many minutes, its remaining time becomes free. A meeting whose people come "
                "later than that loses its room."
            }
            @if judged > 0 { (advice(group)) }
            (chart(Kind::Line, "What releasing empty rooms would free, and whom it would throw out", "Released after", &columns, &rows))
        }
    }
}

/// The shortest time that throws out less than one meeting of a hundred that were attended.
fn advice(group: &GroupReport) -> Markup {
    let bookings = &group.bookings;
    // Of the others nobody knows when their people came.
    let attended = group.basis.judged - bookings.no_show - bookings.released_empty - bookings.brief;
    let best = group
        .release_curve
        .iter()
        .find(|release| release.freed_seconds > 0 && release.thrown_out * 100 <= attended);
    html! {
        p {
            @match best {
                Some(best) => {
                    strong { (best.minutes) " minutes" } " is the shortest of these times that throws out at most one in a hundred attended meetings: it frees "
                    strong { (duration(best.freed_seconds)) } " and throws out " (count(best.thrown_out)) " of " (count(attended)) " that were observed."
                }
                None => "Each of these times would free nothing, or throw out more than one in a hundred attended meetings.",
            }
        }
    }
}

/// The groups from the first to the last of which a meeting claimed a room: an axis of hours has no gaps.
fn from_first_to_last(report: &Report) -> Report {
    let has_any = |group: &GroupReport| group.bookings.claimed() > 0;
    let (first, last) = (
        report.groups.iter().position(has_any).unwrap_or_default(),
        report.groups.iter().rposition(has_any).map_or(0, |last| last + 1),
    );
    let mut report = report.clone();
    report.groups.truncate(last);
    report.groups.drain(..first);
    report
}

/// Without the groups of which no meeting claimed a room.
fn with_meetings(report: &Report) -> Report {
    let mut report = report.clone();
    report.groups.retain(|group| group.bookings.claimed() > 0);
    report
}

fn when(title: &str, labels: &str, report: &Report, name: fn(&str) -> String) -> Markup {
    let columns = [
        Column {
            name: "No-shows",
            unit: "%",
            is_other: false,
        },
        Column {
            name: "Booked for nobody",
            unit: "h",
            is_other: true,
        },
    ];
    let rows: Vec<(String, Vec<Value>)> = report
        .groups
        .iter()
        .map(|group| (name(&group.key), vec![rate(group), lost(group)]))
        .collect();
    html! {
        h2 { (title) }
        @if rows.is_empty() { p.muted { "No meeting began in this period." } } @else {
            (chart(Kind::Bar, "No-shows. The line over each bar reaches from what they could be at least to what they could be at most", labels, &columns, &rows))
        }
    }
}

fn rate(group: &GroupReport) -> Value {
    let bounds = &group.no_show_rate;
    match bounds.value {
        None => Value::Unknown("no meeting was judged"),
        Some(value) => {
            let all = count(group.bookings.eligible());
            let judged = count(group.basis.judged);
            let written = format!("{} of {judged} judged", percent(value));
            match (range(bounds), bounds.lower, bounds.upper) {
                (Some(range), Some(lower), Some(upper)) => Value::Bounded(
                    percents(value),
                    [percents(lower), percents(upper)],
                    format!("{written} ({range} of all {all})"),
                ),
                _ => Value::Known(percents(value), written),
            }
        }
    }
}

fn lost(group: &GroupReport) -> Value {
    match group.no_show_rate.value {
        None => Value::Unknown("no meeting was judged"),
        Some(_) => Value::Known(hours_of(group.no_show_seconds), duration(group.no_show_seconds)),
    }
}

fn hour(key: &str) -> String {
    format!("{key}:00")
}

/// A class of lead times by its key.
fn lead(key: &str) -> String {
    match key {
        "under-1-hour" => "under 1 hour",
        "under-1-day" => "1 hour to 1 day",
        "1-to-7-days" => "1 to 7 days",
        "over-7-days" => "over 7 days",
        "unknown" => "not known",
        key => key,
    }
    .to_owned()
}

/// A class of lengths by its key.
fn length(key: &str) -> String {
    match key {
        "up-to-30-minutes" => "up to 30 min",
        "up-to-1-hour" => "up to 1 h",
        "up-to-2-hours" => "up to 2 h",
        "over-2-hours" => "over 2 h",
        key => key,
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use collector_insights::class::Classes;

    use super::*;

    #[test]
    fn every_class_of_meetings_has_words() {
        for (classes, words) in [
            (Classes::Lead, lead as fn(&str) -> String),
            (Classes::Length, length),
        ] {
            let keys: Vec<&str> = (0..).map_while(|class| classes.word(class)).collect();
            assert!(keys.len() > 3, "{keys:?}");
            for key in keys {
                assert_ne!(words(key), key);
            }
        }
    }
}
