//! Take it away: two periods compared, and every report as a file.

use std::collections::{BTreeMap, HashMap};

use collector_insights::group::By;
use collector_insights::rank::Rate;
use collector_insights::report::{Bounds, GroupReport, Report};
use collector_model::text::capitalized;
use maud::{Markup, html};

use super::files::links;
use super::filter::{Filter, before, nothing, period};
use super::spaces::{by_address, room_link};
use super::tile::comparable;
use super::words::{
    building, dash, duration, half_read, heading, in_order, known, range, rate, seats, trend, why_unused,
};
use crate::api::{AskedReport, SelectedRoom, Selection};
use crate::assets;
use crate::pages::elements::{foreign, instant};

/// Where the page is.
pub(super) const PATH: &str = "/insights/reports";
/// Rows that are compared on the page, and rooms: a page about spaces lists them all. Files have all.
const SHOWN: usize = 200;
const ROOMS_SHOWN: usize = 50;

/// By what reports are broken down, in words.
const KEYS: [(By, &str); 9] = [
    (By::All, "all rooms"),
    (By::Building, "building"),
    (By::Seats, "seats"),
    (By::Room, "room"),
    (By::Month, "month"),
    (By::Week, "week"),
    (By::Date, "date"),
    (By::Weekday, "day of the week"),
    (By::Hour, "hour"),
];

/// The classes of bookings, of which there are files only: most columns of the page would say nothing.
const CLASSES: [(By, &str); 2] = [
    (By::LeadTime, "lead time of the booking"),
    (By::Length, "length of the booking"),
];

/// With which period the page compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum With {
    Before,
    YearBefore,
}

/// By what the page is broken down.
pub(super) fn by(filter: &Filter) -> By {
    filter.own("by").and_then(By::of).unwrap_or(By::Building)
}

fn with(filter: &Filter) -> With {
    match filter.own("with") {
        Some("year") => With::YearBefore,
        _ => With::Before,
    }
}

/// The first date of the other period; it has as many days.
fn other(filter: &Filter) -> jiff::civil::Date {
    match with(filter) {
        With::Before => before(filter.from, filter.days().into()),
        // The same days of the week.
        With::YearBefore => before(filter.from, 364),
    }
}

/// The reports that the page needs.
pub(super) fn asked(filter: &Filter) -> Vec<AskedReport> {
    let by = by(filter);
    let from = other(filter);
    let earlier = AskedReport {
        from,
        to: before(from, -i64::from(filter.days())),
        ..filter.ask(by)
    };
    vec![filter.ask(by), earlier]
}

/// The page.
pub(super) fn page(
    view: &Selection,
    closed: &[(String, i64)],
    has_parquet: bool,
    filter: &Filter,
    now: i64,
) -> Markup {
    html! {
        h1 { "Reports" }
        (filter.form(PATH, view, now))
        @if filter.own("by").is_some_and(|by| By::of(by).is_none()) { p.problem { "There is no such breakdown: figures are by building." } }
        @match view.reports.as_slice() {
            [current, earlier] => {
                (compared(current, earlier, filter, view))
                (files(filter, has_parquet))
            }
            _ => (nothing(view, filter, PATH)),
        }
        (months(closed, filter))
        section.card {
            h2 { "Elsewhere" }
            ul {
                li { a href=(filter.link(super::weekly::PATH, &[])) { "The week on one page" } ", to print or to save as PDF" }
                li { a href="/definitions" { "Definitions" } " of every figure" }
                @if filter.may("/access") { li { a href="/access" { "API tokens" } " for programs that read the same figures" } }
                li { "Every day as Parquet: " code { "collector export --format parquet --to DIRECTORY" } }
            }
            p.muted {
                "Each page about figures can be printed, or saved as PDF, from the browser. Charts are drawn by Chart.js ("
                a href=(assets::CHARTS_LICENCE.address()) { "licence" } ")."
            }
        }
    }
}

/// The months that are closed.
fn months(closed: &[(String, i64)], filter: &Filter) -> Markup {
    html! {
        section.card {
            h2 { "Closed months" }
            p {
                "Five days after its end a month is closed: its figures stay as they were reported, and later changes are listed beside them."
            }
            @if closed.is_empty() { p.muted { "None yet." } } @else {
                div.table {
                    table {
                        thead { tr { th scope="col" { "Month" } th scope="col" { "Closed on" } } }
                        tbody {
                            @for (month, at) in closed {
                                tr {
                                    th scope="row" { a href=(filter.link(&format!("{}/{month}", super::closed::PATH), &[])) { (super::closed::name(month)) } }
                                    td { (instant(*at)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn compared(current: &Report, earlier: &Report, filter: &Filter, view: &Selection) -> Markup {
    let by = by(filter);
    let from = other(filter);
    let other = period(from, before(from, 1 - i64::from(filter.days())));
    let most = if by == By::Room { ROOMS_SHOWN } else { SHOWN };
    let is_of_time = matches!(by, By::Month | By::Week | By::Date);
    let before: BTreeMap<&str, &GroupReport> = earlier
        .groups
        .iter()
        .filter_map(|group| comparable(Some(group)))
        .map(|group| (group.key.as_str(), group))
        .collect();
    let rooms = by_address(&view.rooms);
    let groups = match by {
        By::Building => in_order(&current.groups),
        _ => current.groups.iter().collect(),
    };
    html! {
        section aria-labelledby="compared" {
            h2 #compared { (filter.words()) @if !is_of_time { " compared with " (other) } }
            (choices(filter))
            div.table tabindex="0" role="region" aria-label="Figures" {
                table.stack.figures.flow {
                    thead {
                        tr {
                            th scope="col" { (capitalized(words_of(by))) } (heading("booked_rate", "Booked")) (heading("used_rate", "Used"))
                            (heading("held_empty_rate", "Held but empty")) (heading("no_show_rate", "No-shows"))
                            (heading("no_show_seconds", "Booked for nobody")) th scope="col" { "Known" }
                        }
                    }
                    tbody {
                        @for group in groups.iter().copied().take(most) {
                            @let other = if is_of_time { None } else { before.get(group.key.as_str()).copied() };
                            (line(group, other, &name(by, &group.key, &rooms, filter)))
                        }
                    }
                }
            }
            @if current.groups.len() > most {
                p.muted {
                    "The first " (most) " are shown. The files have all"
                    @if by == By::Room { ", and " a href=(filter.link(super::spaces::PATH, &[])) { "Spaces" } " lists all rooms, sorted by any figure" }
                    "."
                }
            }
        }
    }
}

fn words_of(by: By) -> &'static str {
    KEYS.iter()
        .find(|(key, _)| *key == by)
        .map_or("group", |(_, words)| words)
}

fn choices(filter: &Filter) -> Markup {
    let (now, with_now) = (by(filter), filter.own("with").unwrap_or_default());
    html! {
        nav.paging aria-label="Broken down by" {
            @for (by, words) in KEYS {
                a href=(filter.link(PATH, &[("by", by.as_str()), ("with", with_now)])) aria-current=[(by == now).then_some("true")] { @if by != By::All { "by " } (words) }
            }
        }
        nav.paging aria-label="Compared with" {
            a href=(filter.link(PATH, &[("by", now.as_str())])) aria-current=[(with(filter) == With::Before).then_some("true")] { "with the days before" }
            a href=(filter.link(PATH, &[("by", now.as_str()), ("with", "year")])) aria-current=[(with(filter) == With::YearBefore).then_some("true")] { "with a year before" }
        }
    }
}

/// What a group is called. A room's name leads to its page.
fn name(by: By, key: &str, rooms: &HashMap<&str, &SelectedRoom>, filter: &Filter) -> Markup {
    html! {
        @match by {
            By::Building => (building(key)),
            By::Seats => (seats(key)),
            By::Hour => { (key) ":00" }
            By::Room => (room_link(rooms.get(key).copied(), key, filter)),
            _ => (foreign(key)),
        }
    }
}

fn line(group: &GroupReport, other: Option<&GroupReport>, name: &Markup) -> Markup {
    let used = |group: &GroupReport| group.used_rate.and_then(|bounds| bounds.value);
    let figure =
        |label: &str, why: &str, of: &dyn Fn(&GroupReport) -> Option<Rate>, bounds: Option<&Bounds>| {
            let trend = trend(of(group), other.and_then(of));
            html! {
                td.number data-label=(label) {
                    (rate(of(group), why))
                    @if let Some(range) = bounds.and_then(range) { small.muted { (range) " possible" } }
                    @if let Some(trend) = trend { small.muted { (trend) } }
                }
            }
        };
    html! {
        tr {
            th scope="row" { (name) }
            (figure("Booked", "not read", &|group| group.booked_rate, None))
            (figure("Used", why_unused(group), &used, group.used_rate.as_ref()))
            (figure("Held but empty", "not observed", &|group| group.held_empty_rate, None))
            (figure("No-shows", "none judged", &|group| group.no_show_rate.value, Some(&group.no_show_rate)))
            td.number data-label="Booked for nobody" {
                @if group.no_show_rate.value.is_some() { (duration(group.no_show_seconds)) } @else { (dash("none judged")) }
                @if let Some(other) = other.filter(|other| other.no_show_rate.value.is_some()) { small.muted { "before " (duration(other.no_show_seconds)) } }
            }
            td.words data-label="Known" {
                small.muted { (known(group)) @if let Some(words) = other.and_then(half_read) { "; before, " (words) } }
            }
        }
    }
}

fn files(filter: &Filter, has_parquet: bool) -> Markup {
    html! {
        section.card aria-labelledby="files" {
            h2 #files { "As files" }
            p { "Every figure, also those that no page shows, exactly as the command line and the API give them. By lead time and length there are only figures of bookings. CSV is for spreadsheets, JSON for programs"
                @if has_parquet { ", Parquet for databases" } "."
            }
            div.table {
                table {
                    thead { tr { th scope="col" { "Broken down by" } th scope="col" { "Files" } } }
                    tbody {
                        @for (by, words) in KEYS.into_iter().chain(CLASSES) {
                            tr { th scope="row" { (words) } td { (links(filter, by, words, has_parquet)) } }
                        }
                    }
                }
            }
        }
    }
}
