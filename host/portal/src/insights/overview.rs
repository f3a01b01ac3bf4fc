//! How rooms are used, at a glance: part of the first page.

use collector_insights::clock::date_in_utc;
use collector_insights::group::By;
use collector_insights::report::{GroupReport, Report};
use maud::{Markup, html};

use super::files::take_away;
use super::filter::{Filter, nothing};
use super::heat;
use super::tile::{booked, comparable, held_empty, no_shows, sessions, tiles, used};
use super::words::{building, count, defined, known, rate, unsigned, why_unused};
use crate::api::{AskedReport, Selection};
use crate::pages::elements::counted;

/// Most buildings in each list.
const SHOWN: usize = 5;
/// A building is in no ranking if less than this is known of it, in ten-thousandths.
const RANKED: i64 = 5_000;

/// The reports that it needs.
pub(super) fn asked(filter: &Filter) -> Vec<AskedReport> {
    vec![
        filter.ask(By::All),
        filter.ask_before(By::All),
        filter.ask(By::HourOfWeek),
        filter.ask(By::Building),
    ]
}

/// The part of the page.
pub(super) fn figures(view: &Selection, filter: &Filter, now: i64) -> Markup {
    html! {
        section aria-labelledby="use" {
            h2 #use { "How rooms are used" }
            (filter.form("/", view, now))
            @match view.reports.as_slice() {
                [all, earlier, hours, buildings] => {
                    (content([all, earlier, hours, buildings], filter, now))
                    (take_away(filter, By::Building))
                }
                _ => (nothing(view, filter, "/")),
            }
        }
    }
}

fn content([all, earlier, hours, buildings]: [&Report; 4], filter: &Filter, now: i64) -> Markup {
    let Some(group) = all.groups.first() else {
        return html! { p.muted { "Nothing is known about this period." } };
    };
    let earlier = comparable(earlier.groups.first());
    let before = filter.days_before();
    html! {
        (silent(group, filter, now))
        (tiles(
            &[
                used(group, earlier),
                booked(group, earlier),
                held_empty(group, earlier),
                no_shows(group, earlier),
                sessions(group),
            ],
            &before,
        ))
        section.card aria-labelledby="week" {
            h3 #week { (defined("used_rate", "Used")) " by day and hour, %" }
            (heat::week(&hours.groups))
        }
        @if buildings.groups.len() > 1 { (rankings(&buildings.groups, filter)) }
    }
}

/// Rooms of which no device tells anything.
fn silent(group: &GroupReport, filter: &Filter, now: i64) -> Markup {
    let (rooms, observed) = (
        group.rooms.unwrap_or_default(),
        group.rooms_observed.unwrap_or_default(),
    );
    html! {
        @if group.open_seconds.unwrap_or_default() == 0 {
            p.notice { "No room is open in this period, so nothing in it counts as booked or used." }
        } @else if filter.from > date_in_utc(now) {
            p.notice { "This period lies ahead: bookings may still change, and nothing was used yet." }
        } @else if observed < rooms {
            p.notice {
                @if group.booked_rate.is_none() {
                    "No calendar was read for this period: neither bookings nor use are known, which is not empty. What devices told of it is in no figure. "
                    "Figures begin on the first day that is collected. "
                    a href="/timeline" { "See the calendars as they are now" }
                } @else {
                    @if observed == 0 {
                        "Nothing is known about the use of these rooms: " (why_unused(group)) ". Bookings are shown; use is unknown, which is not empty. "
                    } @else {
                        "Nothing is known about the use of " (count(rooms - observed)) " of " (counted(unsigned(rooms), "room")) " in this period: no device reported"
                        @if group.unread_seconds.unwrap_or_default() > 0 { ", or no calendar was read" }
                        ". "
                    }
                    a href=(filter.link("/insights/trust", &[])) { "See what to repair" }
                }
            }
        }
    }
}

fn rankings(buildings: &[GroupReport], filter: &Filter) -> Markup {
    let mut ranked: Vec<&GroupReport> = buildings
        .iter()
        .filter(|group| {
            group
                .coverage
                .is_some_and(|rate| rate.ten_thousandths() >= RANKED)
        })
        .filter(|group| used_of(group).is_some())
        .collect();
    ranked.sort_by_key(|group| std::cmp::Reverse(used_of(group)));
    let unknown = buildings.len() - ranked.len();
    // The same building is not in both.
    let each = SHOWN.min(ranked.len().div_ceil(2));
    let busiest: Vec<&GroupReport> = ranked.iter().take(each).copied().collect();
    let emptiest: Vec<&GroupReport> = ranked.iter().skip(each).rev().take(SHOWN).copied().collect();
    html! {
        div.columns {
            (ranking("Busiest buildings", &busiest, filter))
            (ranking("Emptiest buildings", &emptiest, filter))
        }
        @if unknown > 0 {
            p.muted {
                (count(i64::try_from(unknown).unwrap_or(i64::MAX))) " more "
                @if unknown == 1 { "building is" } @else { "buildings are" }
                " in no ranking, because less than half of their open time is known."
            }
        }
    }
}

fn used_of(group: &GroupReport) -> Option<i64> {
    group
        .used_rate
        .and_then(|bounds| bounds.value)
        .map(|rate| rate.ten_thousandths())
}

fn ranking(title: &str, groups: &[&GroupReport], filter: &Filter) -> Markup {
    html! {
        section.card {
            h3 { (title) }
            @if groups.is_empty() { p.muted { "Too little is known." } } @else {
                ol.ranking {
                    @for group in groups {
                        li {
                            a href=(filter.of_building("/insights/spaces", &group.key)) {
                                (building(&group.key))
                            }
                            span.value { (rate(group.used_rate.and_then(|bounds| bounds.value), "not known")) }
                            small.muted { (known(group)) }
                        }
                    }
                }
            }
        }
    }
}
