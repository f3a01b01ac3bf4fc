//! The last whole week on one page, as it is read on a Monday, printed or saved as PDF.

use collector_insights::clock::date_in_utc;
use collector_insights::group::By;
use jiff::civil::Date;
use maud::{Markup, html};

use super::filter::{Filter, before, nothing, period};
use super::heat;
use super::tile::{booked, given_back, held_empty, no_show_time, no_shows, sessions, tiles, used};
use super::words::{building, duration, known, percent, rate};
use crate::api::{AskedReport, Selection};
use crate::pages::elements::foreign;

/// Where the page is.
pub(super) const PATH: &str = "/insights/week";
/// Most rooms and series in each list.
const SHOWN: usize = 10;

/// The Monday of the last week that is over.
fn monday(now: i64) -> Date {
    let today = date_in_utc(now);
    before(today, 7 + i64::from(today.weekday().to_monday_zero_offset()))
}

/// The reports that the page needs.
pub(super) fn asked(now: i64) -> Vec<AskedReport> {
    let from = monday(now);
    let ask = |from: Date, by| AskedReport {
        from,
        to: before(from, -7),
        by,
        room: None,
    };
    vec![
        ask(from, By::All),
        ask(before(from, 7), By::All),
        ask(from, By::HourOfWeek),
        ask(from, By::Building),
        ask(from, By::Room),
    ]
}

/// The page.
pub(super) fn page(view: &Selection, filter: &Filter, now: i64) -> Markup {
    let from = monday(now);
    html! {
        h1 { "Week of " (period(from, before(from, -6))) }
        @match view.reports.as_slice() {
            [all, earlier, hours, buildings, rooms] => {
                @if let Some(group) = all.groups.first() {
                    p { (known(group)) }
                    (tiles(
                        &[
                            used(group, earlier.groups.first()), booked(group, earlier.groups.first()), held_empty(group, earlier.groups.first()),
                            no_shows(group, earlier.groups.first()), no_show_time(group), given_back(group), sessions(group),
                        ],
                        "on the week before",
                    ))
                    div.card { h2 { "Used by day and hour, %" } (heat::week(&hours.groups)) }
                    (by_building(&buildings.groups))
                    (lost(view, &rooms.groups, filter))
                    (series(view))
                }
            }
            _ => (nothing(view, filter, PATH)),
        }
    }
}

fn by_building(groups: &[collector_insights::report::GroupReport]) -> Markup {
    html! {
        div.card {
            h2 { "Buildings" }
            div.table {
                table.stack {
                    thead { tr { th scope="col" { "Building" } th.number scope="col" { "Used" } th.number scope="col" { "Booked" } th scope="col" { "Known" } } }
                    tbody {
                        @for group in groups {
                            tr {
                                th scope="row" { (building(&group.key)) }
                                td.number data-label="Used" { (rate(group.used_rate.and_then(|bounds| bounds.value), "no device told")) }
                                td.number data-label="Booked" { (rate(group.booked_rate, "not read")) }
                                td data-label="Known" { small.muted { (known(group)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn lost(view: &Selection, groups: &[collector_insights::report::GroupReport], filter: &Filter) -> Markup {
    let mut worst: Vec<_> = groups.iter().filter(|group| group.no_show_seconds > 0).collect();
    worst.sort_by_key(|group| std::cmp::Reverse(group.no_show_seconds));
    html! {
        div.card {
            h2 { "Rooms booked for nobody" }
            @if worst.is_empty() { p.muted { "No no-shows were seen." } } @else {
                ol.ranking {
                    @for group in worst.iter().take(SHOWN) {
                        @let room = view.rooms.iter().find(|room| room.address == group.key);
                        li {
                            @match room {
                                Some(room) => a href=(filter.link(&super::spaces::room_path(room), &[])) { (foreign(room.title())) },
                                None => (foreign(&group.key)),
                            }
                            span.value { (duration(group.no_show_seconds)) }
                            small.muted { @if let Some(value) = group.no_show_rate.value { (percent(value)) " of the judged meetings" } }
                        }
                    }
                }
            }
        }
    }
}

fn series(view: &Selection) -> Markup {
    let listed = view.zombies();
    html! {
        div.card {
            h2 { "Series to cancel" }
            @if listed.is_empty() { p.muted { "No series has been missed three times in a row." } } @else {
                ol.ranking {
                    @for (zombie, room) in listed.iter().take(SHOWN) {
                        li {
                            @match room { Some(room) => (foreign(room.title())), None => (foreign(&zombie.room)) }
                            span.value { (duration(zombie.seconds_ahead)) }
                            small.muted { "missed " (zombie.streak) " times in a row" }
                        }
                    }
                }
            }
        }
    }
}
