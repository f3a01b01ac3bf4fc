//! Series that nobody attends any more: what can be won back this month.

use collector_insights::clock::date_in_utc;
use collector_insights::group::By;
use collector_insights::report::{GroupReport, ZombieReport};
use collector_insights::zombie::Occurs;
use collector_model::text::capitalized;
use jiff::civil::Time;
use maud::{Markup, html};

use super::filter::{Filter, nothing};
use super::spaces::room_link;
use super::words::{count, dash, defined, duration, is_observed, use_is, weekday, why_unused};
use crate::api::{AskedReport, SelectedRoom, Selection};
use crate::pages::elements::short_name;

/// Where the page is, and its list as a file.
pub(super) const PATH: &str = "/insights/zombies";
pub(super) const FILE: &str = "/insights/zombies.csv";
/// Rows on a page. All are in the file.
const SHOWN: usize = 50;

/// The reports that the page needs.
pub(super) fn asked(filter: &Filter) -> Vec<AskedReport> {
    vec![filter.ask(By::All).with_zombies()]
}

/// The page.
pub(super) fn page(view: &Selection, filter: &Filter, now: i64) -> Markup {
    html! {
        h1 { "Zombie series" }
        (filter.form(PATH, view, now))
        @if view.reports.is_empty() { (nothing(view, filter, PATH)) } @else {
            @let group = view.reports.first().and_then(|report| report.groups.first());
            (content(&view.zombies(), group, filter, now))
        }
    }
}

fn content(
    zombies: &[(&ZombieReport, Option<&SelectedRoom>)],
    group: Option<&GroupReport>,
    filter: &Filter,
    now: i64,
) -> Markup {
    let is_past = filter.to < date_in_utc(now);
    let last = filter.to.yesterday().unwrap_or(filter.to);
    let held: i64 = zombies.iter().map(|(zombie, _)| zombie.seconds_ahead).sum();
    html! {
        p {
            (defined("zombies", "Zombie series"))
            " are recurring meetings whose last three or more observed occurrences nobody came to. "
            @if is_past {
                "These are as of " (last) ": later occurrences do not count, and hours that were ahead then are over by now. "
                a href=(filter.undated(PATH)) { "See what is held today" }
            } @else { "Cancel one, and its future hours are free." }
        }
        @if let Some(group) = group { p.muted { (use_is(group)) } }
        @if zombies.is_empty() {
            section.card.empty {
                p {
                    @match group.filter(|group| !is_observed(group)) {
                        Some(group) => { "Whether there are such series is not known: " (why_unused(group)) " in this period, and none was seen before." }
                        None => "No such series as of the end of this period, as far as rooms were observed.",
                    }
                }
            }
        } @else {
            div.heading {
                h2 { (count(number(zombies.len()))) " series " @if is_past { "held " (duration(held)) " of the eight weeks after " (last) } @else { "hold " (duration(held)) " of the next eight weeks, as far as calendars are read" } }
                a.button href=(filter.link(FILE, &[])) { "Download tickets (CSV)" }
            }
            p.muted { "Days and hours are those of each room’s building." }
            div.table tabindex="0" role="region" aria-label="Zombie series" {
                table.stack.figures.cells {
                    thead {
                        tr {
                            th scope="col" { "Room" } th scope="col" { "Building" } th scope="col" { "When" } th scope="col" { "Next" }
                            th.number scope="col" { "Missed in a row" } th scope="col" { "Last attended" } th.number scope="col" { "Still held" } th scope="col" { "Series" }
                        }
                    }
                    tbody {
                        @for (zombie, room) in zombies.iter().take(SHOWN) {
                            @let occurs = Occurs::of(zombie, room.map_or("UTC", |room| &room.zone));
                            tr {
                                th scope="row" { (room_link(*room, &zombie.room, filter)) }
                                td data-label="Building" { @if let Some(building) = room.and_then(|room| room.building.as_ref()) { (short_name(building)) } }
                                td data-label="When" { (days(&occurs)) small.muted { (times(&occurs)) } }
                                td data-label="Next" { @match &occurs.next { Some(at) => (at.date()), None => (dash("none is read")) } }
                                td.number data-label="Missed in a row" { (count(zombie.streak)) }
                                td data-label="Last attended" { @match &occurs.last_attended { Some(at) => (at.date()), None => "never seen" } }
                                td.number data-label="Still held" { (duration(zombie.seconds_ahead)) }
                                td.words data-label="Series" { code.id title=(crate::pages::elements::plain(&zombie.series)) { (short(&zombie.series)) } }
                            }
                        }
                    }
                }
            }
            @if zombies.len() > SHOWN { p.muted { "The first " (SHOWN) " are shown. The download has all." } }
        }
    }
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// `Tuesday`, or `Mon, Wed` where one word for each would be long.
fn days(occurs: &Occurs) -> String {
    match occurs.weekdays.as_slice() {
        [day] => weekday(day).to_owned(),
        days => days
            .iter()
            .map(|day| capitalized(day))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

/// When it begins; of a series that moves around, from when to when.
fn times(occurs: &Occurs) -> String {
    let written = |time: &Time| time.strftime("%H:%M").to_string();
    match occurs.times.as_slice() {
        [first, _, .., last] => format!("{} to {}", written(first), written(last)),
        times => times.iter().map(written).collect::<Vec<_>>().join(", "),
    }
}

/// The end of an id, in which ids of one calendar differ.
fn short(id: &str) -> String {
    let all: Vec<char> = crate::pages::elements::plain(id).chars().collect();
    match all.len() {
        0..=16 => all.iter().collect(),
        length => std::iter::once('…')
            .chain(all.iter().skip(length - 12).copied())
            .collect(),
    }
}
