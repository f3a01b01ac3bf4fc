//! Why is this a no-show? A room's days, drawn, with the verdict of each booking and its evidence; and its figures over the period.

use collector_insights::clock::date_in_utc;
use collector_insights::group::By;
use collector_insights::report::{GroupReport, VerdictLine};
use collector_insights::spans::Span;
use collector_insights::strip::RoomDay;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::filter::{Filter, before, period};
use super::heat;
use super::spaces::room_path;
use super::strip::{anchor, drawn, is_unread, key, ruler, second, shared, words};
use super::tile::{booked, comparable, held_empty, no_show_time, no_shows, tiles, used};
use super::words::{dash, defined, duration};
use crate::api::{AskedReport, SelectedRoom, Selection};
use crate::pages::elements::{Tone, badge, counted, foreign, link, number, short_name};

/// Days that are drawn.
const DAYS: i64 = 7;
/// The key of its address that chooses a week, by a date in it.
const WEEK: &str = "week";
/// Most bookings to come that are listed.
const NEXT: usize = 5;

/// The reports about the room that the page needs.
pub(super) fn asked(filter: &Filter) -> Vec<AskedReport> {
    vec![
        filter.ask(By::All),
        filter.ask_before(By::All),
        filter.ask(By::HourOfWeek),
    ]
}

/// The first date that is drawn: the Monday of the week that the address names, or of the period's last.
pub(super) fn monday(filter: &Filter) -> Date {
    let date = filter.own_date(WEEK).unwrap_or_else(|| filter.last());
    before(date, date.weekday().to_monday_zero_offset().into())
}

/// The dates that are drawn, and those whose bookings are to come: a week from today. Each as its first date and the one after its last.
pub(super) fn periods(filter: &Filter, now: i64) -> [(Date, Date); 2] {
    [monday(filter), date_in_utc(now)].map(|from| (from, before(from, -DAYS)))
}

/// The page about a room with its days and the days to come.
pub(super) fn page(
    view: &Selection,
    room: &SelectedRoom,
    days: &[RoomDay],
    coming: &[RoomDay],
    filter: &Filter,
    now: i64,
) -> Markup {
    let zone = TimeZone::get(&room.zone).unwrap_or(TimeZone::UTC);
    let judged: Vec<&VerdictLine> = days.iter().flat_map(|day| &day.verdicts).collect();
    html! {
        nav aria-label="Breadcrumb" { p { a href=(filter.link(super::spaces::PATH, &[])) { "Spaces" } " / " (short_name(&room.address)) } }
        h1 { (short_name(room.title())) }
        @if filter.own(WEEK).is_some() && filter.own_date(WEEK).is_none() {
            p.problem { "The address names a week that is none, so this is the last one of the period." }
        }
        (about(room))
        section.card aria-labelledby="days" {
            (days_heading(room, filter))
            @if days.is_empty() { p.muted { "There are no such days." } } @else {
                (shared())
                div.strips {
                    div.strip-day { span {} (ruler()) }
                    @for day in days {
                        div.strip-day {
                            span { (day.strip.date.strftime("%a %-d %b")) }
                            (drawn(&day.strip, &judged, room.seats()))
                            small.muted { (words(&day.strip)) }
                        }
                    }
                }
                (key())
            }
            (bookings(days, &zone, now))
        }
        (to_come(room, coming, &zone, now))
        @if let [all, earlier, hours] = view.reports.as_slice() {
            section aria-labelledby="period" {
                h2 #period { "Figures: " (filter.words()) }
                @if let Some(group) = all.groups.first() {
                    (figures(group, comparable(earlier.groups.first()), room))
                }
                div.card {
                    h3 { (defined("used_rate", "Used")) " by day and hour, %" }
                    (heat::week(&hours.groups))
                }
            }
        }
    }
}

fn about(room: &SelectedRoom) -> Markup {
    html! {
        dl.about {
            dt { "Building" } dd { @match &room.building { Some(building) => (short_name(building)), None => (dash("not known")) } }
            dt { "Seats" } dd { @match room.seats() { Some(seats) => (number(seats.into())), None => (dash("not known")) } }
            dt { "Calendar" } dd { (short_name(&room.address)) ", source " (short_name(&room.source)) }
            dt { "Devices" }
            dd {
                @if room.spaces == 0 { "none is joined to this room: its use is unknown. " a href="/insights/trust" { "What to repair" } }
                @else { (number(room.spaces as u64)) " joined" }
            }
            dt { "Time zone" } dd { (foreign(&room.zone)) }
        }
    }
}

fn days_heading(room: &SelectedRoom, filter: &Filter) -> Markup {
    let monday = monday(filter);
    let path = room_path(room);
    let week = |date: Date| filter.link(&path, &[(WEEK, &date.to_string())]);
    html! {
        div.heading {
            h2 #days { "Day by day: " (period(monday, before(monday, 1 - DAYS))) }
            nav.paging aria-label="Weeks" {
                a rel="prev" href=(week(before(monday, DAYS))) { "Week before" }
                a rel="next" href=(week(before(monday, -DAYS))) { "Week after" }
                a href=(link("/timeline", &[("date", &monday.to_string()), ("view", "week"), ("source", &room.source), ("text", &room.address)])) {
                    @if filter.role.sees_subjects() { "Subjects on the timeline" } @else { "Timeline" }
                }
            }
        }
    }
}

/// How good a verdict is for the room.
fn tone(verdict: &str) -> Tone {
    match verdict {
        "attended" => Tone::Passed,
        "no-show" | "released-empty" => Tone::Failed,
        "brief" | "cancelled-late" | "cancelled-after-start" => Tone::Warning,
        _ => Tone::Limited,
    }
}

fn bookings(days: &[RoomDay], zone: &TimeZone, now: i64) -> Markup {
    let judged: Vec<(&RoomDay, &VerdictLine)> = days
        .iter()
        .flat_map(|day| day.verdicts.iter().map(move |line| (day, line)))
        .collect();
    if judged.is_empty() {
        return html! { p.muted { (why_none(days, now)) } };
    }
    html! {
        h3 { "Bookings and what became of them" }
        div.table tabindex="0" role="region" aria-label="Bookings and what became of them" {
            table.stack.verdicts.flow {
                thead {
                    tr {
                        th scope="col" { "Booked" } th scope="col" { "Verdict" } th.number scope="col" { "Occupied" }
                        th.number scope="col" { "Known" } th.number scope="col" { "People" } th scope="col" { "Evidence" }
                    }
                }
                tbody { @for (day, line) in judged { (booking(day, line, zone)) } }
            }
        }
    }
}

/// Why no booking of these days is judged.
fn why_none(days: &[RoomDay], now: i64) -> &'static str {
    let has_passed = days.iter().any(|day| day.strip.span.start() < now);
    let has_any = days.iter().any(|day| !day.strip.bookings.is_empty());
    if has_any {
        "No booking of these days can be judged yet."
    } else if !has_passed {
        "No booking of these days is known yet."
    } else if days.iter().all(|day| is_unread(&day.strip)) {
        "The calendar was not read for these days: whether the room was booked is not known."
    } else if days.iter().any(|day| !day.strip.unread.is_empty()) {
        "As far as the calendar was read, nothing was booked on these days."
    } else {
        "Nothing was booked on these days."
    }
}

/// Why a verdict is unknown, as its evidence shows it: of what is observed in part, there may be nothing.
fn reason(line: &VerdictLine) -> Option<&'static str> {
    Some(match line.reason? {
        "no source" => "no device is joined to this room",
        "offline" => "a device was offline",
        "blind" => "a device could not see",
        _ if line.known_seconds == 0 => "nothing of it was observed",
        _ => "too little of it was observed",
    })
}

fn booking(day: &RoomDay, line: &VerdictLine, zone: &TimeZone) -> Markup {
    html! {
        tr id=(anchor(line)) {
            th scope="row" {
                @match (second(&line.start), second(&line.end)) {
                    (Some(start), Some(end)) => (booked_at(start, end, zone)),
                    _ => { (day.strip.date.strftime("%a %-d %b")) ", " (line.start) "–" (line.end) }
                }
            }
            td data-label="Verdict" {
                a href={ "/definitions#verdict-" (line.verdict) } { (badge(tone(line.verdict), line.verdict)) }
                @if let Some(reason) = reason(line) { small.muted { " " (reason) } }
                @if line.provisional { small.muted { " provisional" } }
            }
            td.number data-label="Occupied" {
                @match (line.length_seconds, line.known_seconds) {
                    (0, _) => (dash("it has no length")),
                    (_, 0) => (dash("not known")),
                    (length, _) => { (duration(line.occupied_seconds)) " of " (duration(length)) }
                }
            }
            td.number data-label="Known" {
                @match (line.length_seconds, line.known_seconds) {
                    (0, _) => (dash("it has no length")),
                    (length, 0) => { "nothing of " (duration(length)) }
                    (_, known) => (duration(known)),
                }
            }
            td.number data-label="People" { @match line.party { Some(party) => (number(party.into())), None => (dash("not counted")) } }
            td data-label="Evidence" {
                @if line.evidence.is_empty() { "no source told anything" } @else {
                    details {
                        summary { (line.evidence.len()) @if line.evidence.len() == 1 { " statement" } @else { " statements" } }
                        ul.evidence {
                            @for told in &line.evidence {
                                li {
                                    (clock(&told.start, zone)) "–" (clock(&told.end, zone)) " "
                                    strong { (told.state) } " by " (told.kind) " of " (foreign(&told.source))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The time of day of an instant of a line.
fn clock(text: &str, zone: &TimeZone) -> String {
    match second(text) {
        Some(at) => local(at, zone, "%H:%M"),
        None => text.to_owned(),
    }
}

/// When a booking is, on the clock of the room: `Mon 2 Nov, 09:00–10:00`.
fn booked_at(start: i64, end: i64, zone: &TimeZone) -> String {
    let day = |at| local(at, zone, "%a %-d %b");
    let at_midnight = |at| local(at, zone, "%H:%M:%S") == "00:00:00";
    let last = day(end.saturating_sub(1).max(start));
    if end > start && at_midnight(start) && at_midnight(end) {
        return match day(start) == last {
            true => format!("{last}, all day"),
            false => format!("{} – {last}, all day", day(start)),
        };
    }
    let from = format!("{}, {}", day(start), local(start, zone, "%H:%M"));
    let to = local(end, zone, "%H:%M");
    match day(start) == last {
        true if at_midnight(end) && end > start => format!("{from}–24:00"),
        true => format!("{from}–{to}"),
        false => format!("{from} – {}, {to}", day(end)),
    }
}

fn local(at: i64, zone: &TimeZone, format: &str) -> String {
    Timestamp::from_second(at).map_or_else(
        |_| at.to_string(),
        |at| zone.to_datetime(at).strftime(format).to_string(),
    )
}

fn to_come(room: &SelectedRoom, coming: &[RoomDay], zone: &TimeZone, now: i64) -> Markup {
    // A booking of several dates is told once: with the first of them.
    let begins = |booking: &Span, day: &RoomDay| booking.start() >= day.strip.span.start();
    let next: Vec<&Span> = coming
        .iter()
        .enumerate()
        .flat_map(|(number, day)| {
            let bookings = day.strip.bookings.iter();
            bookings.filter(move |booking| number == 0 || begins(booking, day))
        })
        .filter(|booking| booking.end() > now)
        .collect();
    html! {
        section.card {
            h2 { "Now and next" }
            @if next.is_empty() { p.muted { "None in the next " (DAYS) " days, as far as the calendar was read." } } @else {
                ul {
                    @for booking in next.iter().take(NEXT) {
                        li {
                            (booked_at(booking.start(), booking.end(), zone))
                            @if booking.start() <= now { " " strong { "now" } }
                        }
                    }
                }
                @if next.len() > NEXT {
                    p { a href=(link("/timeline", &[("view", "week"), ("source", &room.source), ("text", &room.address)])) { "and " (next.len() - NEXT) " more on the timeline" } }
                }
            }
        }
    }
}

fn figures(group: &GroupReport, earlier: Option<&GroupReport>, room: &SelectedRoom) -> Markup {
    let party = group.party.unwrap_or_default();
    html! {
        (tiles(
            &[used(group, earlier), booked(group, earlier), held_empty(group, earlier), no_shows(group, earlier), no_show_time(group)],
            "on the same time before",
        ))
        div.card {
            h3 { (defined("party", "Parties")) " against seats" }
            @match (party.median, party.p90) {
                (Some(median), Some(p90)) => {
                    p {
                        "Of " (counted(super::words::unsigned(party.bookings), "meeting")) " with counted people, half had up to " (median)
                        " and 90 % up to " (p90) " people"
                        @if let Some(seats) = room.seats() { ", in a room of " (number(seats.into())) " seats" }
                        "."
                    }
                    @if let Some(seats) = room.seats() {
                        (bar("Half of the meetings", median, seats))
                        (bar("90 % of the meetings", p90, seats))
                    }
                }
                _ => p { (dash("no people were counted in meetings")) },
            }
        }
    }
}

/// People against seats.
fn bar(label: &str, people: u32, seats: u32) -> Markup {
    let most = people.max(seats).max(1);
    html! {
        p.bar {
            span { (label) }
            svg viewBox={ "0 0 " (most) " 1" } preserveAspectRatio="none" aria-hidden="true" focusable="false" {
                rect.seats width=(seats) height="1" {}
                rect.people.over[people > seats] y="0.25" width=(people) height="0.5" {}
            }
            span.number { (people) " of " (seats) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_booking_is_told_by_its_days() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let at = |text: &str| {
            let local: jiff::civil::DateTime = text.parse().unwrap();
            zone.to_timestamp(local).unwrap().as_second()
        };
        for (start, end, words) in [
            ("2026-11-02T09:00", "2026-11-02T10:00", "Mon 2 Nov, 09:00–10:00"),
            ("2026-11-02T22:00", "2026-11-03T00:00", "Mon 2 Nov, 22:00–24:00"),
            (
                "2026-11-02T22:00",
                "2026-11-03T02:00",
                "Mon 2 Nov, 22:00 – Tue 3 Nov, 02:00",
            ),
            ("2026-11-02T00:00", "2026-11-03T00:00", "Mon 2 Nov, all day"),
            (
                "2026-11-02T00:00",
                "2026-11-05T00:00",
                "Mon 2 Nov – Wed 4 Nov, all day",
            ),
            ("2026-11-02T00:00", "2026-11-02T00:00", "Mon 2 Nov, 00:00–00:00"),
        ] {
            assert_eq!(booked_at(at(start), at(end), &zone), words);
        }
    }
}
