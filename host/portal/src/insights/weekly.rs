//! A week on one page, as it is read on a Monday, printed or saved as PDF: the last one that is over, or the one that a posted summary links to.

use collector_insights::clock::date_in_utc;
use collector_insights::report::{GroupReport, ZombieReport};
use collector_insights::weekly::{Shown, Week};
use collector_model::text::capitalized;
use jiff::civil::Date;
use maud::{Markup, html};

use super::filter::{Filter, before, nothing, period, zones};
use super::heat;
use super::spaces::room_link;
use super::tile::{
    booked, comparable, given_back, held_empty, no_show_time, no_shows, sessions, tiles, used,
};
use super::words::{
    building, dash, duration, in_order, is_observed, known, percent, rate, use_is, why_unused,
};
use crate::api::{Posting, SelectedRoom, Selection};
use crate::pages::elements::{counted, foreign, instant};

/// Where the page is.
pub(super) const PATH: &str = "/insights/week";
/// The key of its address that chooses a week, by its Monday.
const WEEK: &str = "week";

/// The week that the page is about. One that is not over has no figures yet.
pub(super) fn week(filter: &Filter, now: i64) -> Week {
    let last = Week::before(date_in_utc(now));
    let asked = filter.own_date(WEEK).and_then(Week::of);
    asked
        .filter(|week| week.monday() <= last.monday())
        .unwrap_or(last)
}

/// The page. `posting` is for administrators: where its summary is posted, if it is.
pub(super) fn page(
    view: &Selection,
    week: Week,
    filter: &Filter,
    posting: Option<&Posting>,
    now: i64,
) -> Markup {
    let is_another = filter
        .own(WEEK)
        .is_some_and(|asked| asked != week.monday().to_string());
    html! {
        h1 { "Week of " (period(week.monday(), before(week.next_monday(), 1))) }
        @if is_another { p.notice role="status" { "The address names no week that is over, so this is the last one that is." } }
        (others(week, filter, now))
        @match Shown::of(view) {
            Some(shown) => {
                p.muted { (capitalized(&zones(view))) "." }
                // What the page leads to is about the same week.
                (content(&shown, &filter.at(week.monday(), week.next_monday())))
            },
            None => (nothing(view, filter, PATH)),
        }
        @if let Some(posting) = posting { (posted(posting)) }
    }
}

/// Links to the weeks beside this one.
fn others(week: Week, filter: &Filter, now: i64) -> Markup {
    let link = |monday: Date| filter.link(PATH, &[(WEEK, &monday.to_string())]);
    let is_over = week.next_monday() <= Week::before(date_in_utc(now)).monday();
    html! {
        nav.paging aria-label="Other weeks" {
            a href=(link(before(week.monday(), 7))) { "The week before" }
            @if is_over { a href=(link(week.next_monday())) { "The week after" } }
        }
    }
}

fn content(shown: &Shown<'_>, filter: &Filter) -> Markup {
    let (group, earlier) = (shown.all, comparable(shown.before));
    html! {
        p { (use_is(group)) }
        (tiles(
            &[
                used(group, earlier), booked(group, earlier), held_empty(group, earlier), no_shows(group, earlier), no_show_time(group),
                given_back(group), sessions(group),
            ],
            "on the week before",
        ))
        div.card { h2 { "Used by day and hour, %" } (heat::week(shown.hours)) }
        (by_building(shown.buildings))
        (lost(&shown.lost, group, filter))
        (series(&shown.series, group, filter))
    }
}

fn by_building(groups: &[GroupReport]) -> Markup {
    html! {
        div.card {
            h2 { "Buildings" }
            div.table {
                table.stack.figures.cells {
                    thead { tr { th scope="col" { "Building" } th.number scope="col" { "Used" } th.number scope="col" { "Booked" } th scope="col" { "Known" } } }
                    tbody {
                        @for group in in_order(groups) {
                            tr {
                                th scope="row" { (building(&group.key)) }
                                td.number data-label="Used" { (rate(group.used_rate.and_then(|bounds| bounds.value), why_unused(group))) }
                                td.number data-label="Booked" { (rate(group.booked_rate, "not read")) }
                                td.words data-label="Known" { small.muted { (known(group)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn lost(worst: &[(&GroupReport, Option<&SelectedRoom>)], all: &GroupReport, filter: &Filter) -> Markup {
    html! {
        div.card {
            h2 { "Rooms booked for nobody" }
            @if worst.is_empty() && all.no_show_rate.value.is_none() { p { (dash("no meeting could be judged")) } }
            @else if worst.is_empty() { p.muted { "No no-shows were seen." } } @else {
                ol.ranking {
                    @for (group, room) in worst {
                        li {
                            (room_link(*room, &group.key, filter))
                            span.value { (duration(group.no_show_seconds)) }
                            small.muted { @if let Some(value) = group.no_show_rate.value { (percent(value)) " of the judged meetings" } }
                        }
                    }
                }
            }
        }
    }
}

fn series(listed: &[(&ZombieReport, Option<&SelectedRoom>)], all: &GroupReport, filter: &Filter) -> Markup {
    html! {
        div.card {
            h2 { "Series to cancel" }
            @if listed.is_empty() && !is_observed(all) { p { (dash(why_unused(all))) } }
            @else if listed.is_empty() { p.muted { "No series has been missed three times in a row." } } @else {
                ol.ranking {
                    @for (zombie, room) in listed {
                        li {
                            (room_link(*room, &zombie.room, filter))
                            span.value { (duration(zombie.seconds_ahead)) }
                            small.muted { "missed " (zombie.streak) " times in a row" }
                        }
                    }
                }
            }
        }
    }
}

/// How the posting of the summary went.
fn posted(posting: &Posting) -> Markup {
    let to = &posting.to;
    html! {
        section.card aria-labelledby="posted" {
            h2 #posted { "Summary by webhook" }
            @match &posting.post {
                None => p { "The summary of this week was not posted. The one of the last week is posted to " (foreign(to)) " on Monday morning." },
                Some(post) => {
                    @if let Some(at) = post.sent_at {
                        p { "Posted to " (foreign(to)) " on " (instant(at)) "." }
                    } @else if let (Some(problem), Some(at)) = (&post.problem, post.tried_at) {
                        p.problem {
                            "Not posted after " (counted(post.tries.into(), "attempt")) ", the last one on " (instant(at)) ": " (foreign(problem)) ". "
                            @if post.content.is_some() { "It is tried again." } @else { "It was given up." }
                        }
                    } @else if post.content.is_some() {
                        p { "Being posted to " (foreign(to)) "." }
                    } @else {
                        p.problem { "Not posted: the next week was over before it could be." }
                    }
                }
            }
        }
    }
}
