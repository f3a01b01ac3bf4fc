//! What to repair so that figures are right: rooms and days of which little is known, how fresh each source is, and the repairs that would tell most.

use collector_insights::group::By;
use collector_insights::report::{GroupReport, Report};
use collector_store::natural_order;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::filter::{Filter, before, nothing};
use super::spaces::room_link;
use super::words::{count, dash, defined, percent, use_is};
use crate::api::{AskedReport, Overview, SelectedRoom, Selection, SourceSummary};
use crate::pages::elements::{Tone, badge, counted, moment, number, segment, short_name};
use crate::pages::standing::{receiver_state, state};

/// Where the page is.
pub(super) const PATH: &str = "/insights/trust";
/// Rooms that are listed: those whose repair tells most.
const SHOWN: usize = 25;
/// Days of the grid, to the period's last.
const DAYS: i64 = 28;

/// The reports from which rooms are chosen.
pub(super) fn asked(filter: &Filter) -> Vec<AskedReport> {
    vec![filter.ask(By::All), filter.ask(By::Room)]
}

/// A room with what keeps its meetings from being judged.
pub(super) struct Repair {
    pub(super) room: SelectedRoom,
    /// Meetings that could not be judged.
    meetings: i64,
    /// Whether the calendar was read for any open time.
    is_read: bool,
    why: String,
    coverage: Option<i64>,
}

/// The repairs that would make most meetings judgeable first.
pub(super) fn repairs(view: &Selection) -> Vec<Repair> {
    let groups = view.reports.get(1).map_or(&[][..], |report| &report.groups);
    let by_address: std::collections::HashMap<&str, &GroupReport> =
        groups.iter().map(|group| (group.key.as_str(), group)).collect();
    let mut repairs: Vec<Repair> = view
        .rooms
        .iter()
        .filter_map(|room| {
            let group = *by_address.get(room.address.as_str())?;
            let meetings = group.bookings.unknown + group.bookings.no_activity;
            Some(Repair {
                why: why(room, group),
                room: room.clone(),
                meetings,
                is_read: group.booked_rate.is_some(),
                coverage: group.coverage.map(|rate| rate.ten_thousandths()),
            })
        })
        .filter(|repair| repair.meetings > 0 || repair.coverage != Some(10_000))
        .collect();
    repairs.sort_by(|one, other| {
        let order = |repair: &Repair| (std::cmp::Reverse(repair.meetings), repair.coverage);
        order(one)
            .cmp(&order(other))
            .then_with(|| natural_order(one.room.title(), other.room.title()))
            .then_with(|| one.room.address.cmp(&other.room.address))
    });
    repairs.truncate(SHOWN);
    repairs
}

fn why(room: &SelectedRoom, group: &GroupReport) -> String {
    let coverage = group.coverage.map(|rate| rate.ten_thousandths());
    match coverage {
        None if room.spaces == 0 => {
            "Its calendar was not read, and no device is joined to this room.".to_owned()
        }
        None => "Its calendar was not read.".to_owned(),
        _ if room.spaces == 0 => "No device is joined to this room.".to_owned(),
        Some(0) if group.bookings.no_activity > 0 => {
            "Its device reports calls only, not whether somebody is there.".to_owned()
        }
        Some(0) => "Its device reported nothing that shows whether somebody is there.".to_owned(),
        Some(_) => format!(
            "Its device was offline, blind or silent for {} of the time.",
            group.coverage.map_or_else(String::new, |rate| {
                percent(
                    collector_insights::rank::Rate::of(10_000 - rate.ten_thousandths(), 10_000)
                        .unwrap_or(rate),
                )
            })
        ),
    }
}

/// The reports about single rooms for the grid, in the order of the repairs.
pub(super) fn asked_by_day(filter: &Filter, repairs: &[Repair]) -> Vec<AskedReport> {
    let from = filter.from.max(before(filter.to, DAYS));
    repairs
        .iter()
        .map(|repair| AskedReport {
            from,
            room: Some(repair.room.address.clone()),
            ..filter.ask(By::Date)
        })
        .collect()
}

/// What the page shows besides figures.
pub(super) struct Around {
    /// The state of sources.
    pub(super) overview: Overview,
    /// Spaces that belong to no room.
    pub(super) spaces_alone: u64,
}

/// The page. `by_day` has a report for each repair.
pub(super) fn page(
    view: &Selection,
    repairs: &[Repair],
    by_day: &[Report],
    around: &Around,
    filter: &Filter,
    now: i64,
) -> Markup {
    html! {
        h1 { "Devices and trust" }
        // How many people a room seats says nothing about its device.
        (filter.form_of_rooms(PATH, view, now))
        @match view.reports.first() {
            Some(all) => {
                @if let Some(group) = all.groups.first() {
                    p.lead {
                        (use_is(group)) " " (defined("coverage", "What this means"))
                    }
                }
                (sources(around, filter, now))
                (list(repairs, filter))
                (grid(repairs, by_day, filter, now))
            }
            None => (nothing(view, filter, PATH)),
        }
    }
}

/// The state of a source as each page names it if that says why nothing comes, and otherwise whether its figures are up to date.
fn freshness(source: &SourceSummary, now: i64) -> (Tone, &'static str) {
    let own = state(source);
    let latest = 3 * i64::try_from(source.every).unwrap_or(i64::MAX / 3).max(3_600);
    match source.success_at() {
        None => own,
        Some(_) if matches!(own.0, Tone::Failed | Tone::Limited) => own,
        Some(at) if now - at > latest => (Tone::Warning, "late"),
        Some(_) => (Tone::Passed, "fresh"),
    }
}

fn sources(around: &Around, filter: &Filter, now: i64) -> Markup {
    let Overview {
        sources, receivers, ..
    } = &around.overview;
    html! {
        section.card {
            h2 { "Where figures come from" }
            div.table {
                table.stack {
                    thead { tr { th scope="col" { "Source" } th scope="col" { "State" } th scope="col" { "Last heard from" } } }
                    tbody {
                        @for source in sources {
                            tr {
                                th scope="row" { (short_name(&source.name)) }
                                td data-label="State" {
                                    @let (tone, word) = freshness(source, now);
                                    (badge(tone, word))
                                }
                                td data-label="Last heard from" {
                                    @match (source.success_at(), &source.last_pass) {
                                        (Some(at), _) => (moment(at, now)),
                                        (None, Some(pass)) => { "never; tried " (moment(pass.ended_at, now)) }
                                        (None, None) => "never",
                                    }
                                }
                            }
                        }
                        @for receiver in receivers {
                            tr {
                                th scope="row" { (short_name(&receiver.name)) }
                                td data-label="State" {
                                    @let (tone, word) = receiver_state(receiver, now);
                                    (badge(tone, word))
                                }
                                td data-label="Last heard from" { @match receiver.last_at { Some(at) => (moment(at, now)), None => "never" } }
                            }
                        }
                    }
                }
            }
            @if around.spaces_alone > 0 {
                p.notice {
                    (counted(around.spaces_alone, "space")) " of devices "
                    @if around.spaces_alone == 1 { "belongs" } @else { "belong" } " to no room, so what they tell is in no figure. "
                    @if filter.may("/spaces") { a href="/spaces" { "Join them" } } @else { "An administrator can join them." }
                }
            }
        }
    }
}

fn list(repairs: &[Repair], filter: &Filter) -> Markup {
    html! {
        section aria-labelledby="repairs" {
            h2 #repairs { "What to repair first" }
            @if repairs.is_empty() { p { "Nothing to repair: each room was observed for all of its open time." } } @else {
                div.table tabindex="0" role="region" aria-label="Table of what to repair" {
                    table.stack.figures.cells {
                        thead {
                            tr {
                                th scope="col" { "Room" } th.number scope="col" { "Meetings not judged" } th scope="col" { "What is wrong" }
                            }
                        }
                        tbody {
                            @for repair in repairs {
                                tr {
                                    th scope="row" {
                                        (room_link(Some(&repair.room), &repair.room.address, filter))
                                        small.muted { @if let Some(building) = &repair.room.building { (short_name(building)) } }
                                    }
                                    td.number data-label="Not judged" {
                                        @if repair.is_read || repair.meetings > 0 { (count(repair.meetings)) } @else { (dash("calendar not read")) }
                                    }
                                    td.words data-label="What is wrong" {
                                        (repair.why)
                                        @if repair.room.spaces == 0 && filter.may("/spaces") { " " a href=(format!("/spaces?text={}", segment(&repair.room.address))) { "Join a space" } }
                                    }
                                }
                            }
                        }
                    }
                }
                @if repairs.len() == SHOWN {
                    p.muted {
                        "These are the " (SHOWN) " rooms with the most meetings that could not be judged. "
                        a href=(filter.link(super::spaces::PATH, &[("sort", "known")])) { "Spaces" } " has all rooms, with how much is known of each."
                    }
                }
            }
        }
    }
}

fn grid(repairs: &[Repair], by_day: &[Report], filter: &Filter, now: i64) -> Markup {
    let from = filter.from.max(before(filter.to, DAYS));
    let dates: Vec<Date> = std::iter::successors(Some(from), |date| date.tomorrow().ok())
        .take_while(|date| *date < filter.to)
        .collect();
    html! {
        @if !repairs.is_empty() {
            section aria-labelledby="days-known" {
                h2 #days-known { "How much was known each day, %" }
                div.table tabindex="0" role="region" aria-label="Table of rooms and days" {
                    table.heat.days {
                        thead {
                            tr {
                                td {}
                                @for date in &dates {
                                    th scope="col" { abbr title=(date.strftime("%A, %-d %B %Y")) { (date.day()) } }
                                }
                            }
                        }
                        tbody {
                            @for (repair, report) in repairs.iter().zip(by_day) {
                                tr {
                                    th scope="row" { (short_name(repair.room.title())) }
                                    @for date in &dates { (day(*date, report, is_over(*date, &repair.room, now))) }
                                }
                            }
                        }
                    }
                }
                p.muted {
                    "Empty: not open, or not yet. Hatched: nothing known. "
                    @if repairs.len() == 1 { "This is the room of the list above." }
                    @else { "These are the " (number(repairs.len() as u64)) " rooms of the list above." }
                 }
            }
        }
    }
}

/// Whether a date is over on the clock of a room.
fn is_over(date: Date, room: &SelectedRoom, now: i64) -> bool {
    let zone = TimeZone::get(&room.zone).unwrap_or(TimeZone::UTC);
    Timestamp::from_second(now).is_ok_and(|now| date < zone.to_datetime(now).date())
}

fn day(date: Date, report: &Report, is_over: bool) -> Markup {
    let key = date.to_string();
    let group = report.groups.iter().find(|group| group.key == key);
    let told = |words: &str| format!("{}: {words}", date.strftime("%a %-d %b"));
    match group {
        Some(group) if group.open_seconds.is_some_and(|open| open > 0) => match group.coverage {
            Some(coverage) if coverage.ten_thousandths() > 0 => {
                let step = (coverage.ten_thousandths() * 6 / 10_000).min(5);
                html! {
                    td class={ "heat-" (step) } title=(told(&format!("known for {}", percent(coverage)))) {
                        ((coverage.ten_thousandths() + 50) / 100) span.unseen { " %" }
                    }
                }
            }
            _ => html! { td.blank title=(told("nothing known")) { span.unseen { "nothing known" } } },
        },
        // Hours that have not come are no open time yet.
        _ if is_over => html! { td.closed { span.unseen { "not open" } } },
        _ => html! { td.closed title=(told("no open time yet")) { span.unseen { "no open time yet" } } },
    }
}

#[cfg(test)]
mod tests {
    use collector_store::{PassRecord, RoomCounts};

    use super::*;

    const NOW: i64 = 1_773_137_100;

    fn source(verdict: Option<&str>, success_at: Option<i64>) -> SourceSummary {
        SourceSummary {
            name: "contoso".into(),
            connector: "o365".into(),
            title: String::new(),
            paused: false,
            viewing: true,
            collecting: false,
            next_pass_at: None,
            every: 300,
            last_pass: verdict.map(|verdict| PassRecord {
                source: "contoso".into(),
                connector: "o365".into(),
                digest: String::new(),
                begun_at: NOW - 130,
                ended_at: NOW - 120,
                verdict: verdict.into(),
                problem: None,
                success_at,
                version: String::new(),
                rooms: RoomCounts::default(),
            }),
            problem: None,
            awaits_permissions: false,
            rooms: 1,
            meetings: 0,
        }
    }

    #[test]
    fn a_source_that_failed_is_not_one_that_was_not_collected() {
        for (source, word) in [
            (source(None, None), "not collected yet"),
            (source(Some("failed"), None), "failed"),
            (source(Some("failed"), Some(NOW - 600)), "failed"),
            (source(Some("everything"), Some(NOW - 600)), "fresh"),
            (source(Some("everything"), Some(NOW - 90_000)), "late"),
        ] {
            assert_eq!(freshness(&source, NOW).1, word);
        }
    }

    #[test]
    fn a_day_is_over_when_it_is_on_the_clock_of_the_room() {
        let mut room = SelectedRoom {
            source: "contoso".into(),
            address: "a@contoso.com".into(),
            name: String::new(),
            building: None,
            capacity: None,
            zone: "UTC".into(),
            spaces: 1,
        };
        // It is ten in the morning. In Auckland the day ends an hour later.
        let date = "2026-03-10".parse().unwrap();
        assert!(!is_over(date, &room, NOW + 3_600));
        room.zone = "Pacific/Auckland".into();
        assert!(!is_over(date, &room, NOW));
        assert!(is_over(date, &room, NOW + 3_600));
    }
}
