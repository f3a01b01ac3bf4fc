//! Which sizes are missing: how many rooms of each building and size are booked and really in use at once, and how parties fit.

use std::collections::BTreeMap;

use collector_insights::group::By;
use collector_insights::rank::Rate;
use collector_insights::report::{GroupReport, InUseReport, PeakReport};
use collector_insights::room::Band;
use collector_insights::sums::Sums;
use maud::{Markup, html};

use super::chart::{Column, Kind, Value, chart, float};
use super::files::take_away;
use super::filter::{Filter, nothing};
use super::spaces::by_address;
use super::words::{
    building, count, dash, defined, duration, heading, in_order, is_observed, known, percent, rate, read,
    seats as words_of, why_unused,
};
use crate::api::{AskedReport, SelectedRoom, Selection};
use crate::pages::elements::{number, short_name};

/// Where the page is.
pub(super) const PATH: &str = "/insights/demand";

/// The reports that the page needs.
pub(super) fn asked(filter: &Filter) -> Vec<AskedReport> {
    vec![
        filter.ask(By::Building),
        filter.ask(By::Seats),
        filter.ask(By::Room),
    ]
}

/// The page.
pub(super) fn page(view: &Selection, filter: &Filter, now: i64) -> Markup {
    html! {
        h1 { "Demand and fit" }
        (filter.form(PATH, view, now))
        @match view.reports.as_slice() {
            [buildings, seats, rooms] => {
                (content(&buildings.groups, &seats.groups, &of_peers(&view.rooms, &rooms.groups), filter))
                (take_away(filter, By::Building))
            }
            _ => (nothing(view, filter, PATH)),
        }
    }
}

/// How much is known of the rooms of a building and a size together, which no report is broken down by. The others are no figures.
type Peers<'a> = BTreeMap<(&'a str, &'static str), GroupReport>;

fn of_peers<'a>(rooms: &'a [SelectedRoom], groups: &[GroupReport]) -> Peers<'a> {
    let by_address = by_address(rooms);
    let mut sums: BTreeMap<(&str, &'static str), (i64, i64, Sums)> = BTreeMap::new();
    for group in groups {
        let (Some(room), Some(of_time)) = (by_address.get(group.key.as_str()), &group.basis.of_time) else {
            continue;
        };
        let key = (
            room.building.as_deref().unwrap_or_default(),
            Band::of(room.capacity).as_str(),
        );
        let (rooms, observed, sum) = sums.entry(key).or_default();
        *rooms += group.rooms.unwrap_or_default();
        *observed += group.rooms_observed.unwrap_or_default();
        *sum += of_time.sums;
    }
    let known = sums.into_iter().map(|(key, (rooms, observed, sum))| {
        let group = GroupReport {
            rooms: Some(rooms),
            rooms_observed: Some(observed),
            open_seconds: Some(sum.open),
            unread_seconds: Some(sum.unread),
            coverage: Rate::of(sum.witnessed(), sum.read()),
            booked_rate: Rate::of(sum.inside.booked(), sum.read()),
            ..GroupReport::default()
        };
        (key, group)
    });
    known.collect()
}

fn content(buildings: &[GroupReport], seats: &[GroupReport], peers: &Peers<'_>, filter: &Filter) -> Markup {
    let buildings = in_order(buildings);
    let in_use: Vec<(&GroupReport, &InUseReport)> = buildings
        .iter()
        .flat_map(|group| group.in_use.iter().flatten().map(|one| (*group, one)))
        .collect();
    html! {
        section.card aria-labelledby="sizes" {
            h2 #sizes { "People in meetings against seats" }
            (parties(seats))
            (fits(seats))
        }
        section aria-labelledby="at-once" {
            h2 #at-once { (defined("in_use", "Rooms in use at once")) }
            p.muted {
                "In 95 of 100 quarter hours of open time no more rooms than this were booked, or really occupied. Spare rooms are those beyond that. "
                "Where use was not known, “possible” counts it as use."
            }
            @if in_use.is_empty() { p { (dash("no room has both a building and open time in this period")) } } @else { (peaks(&in_use, peers, filter)) }
        }
        section aria-labelledby="full" {
            h2 #full { (defined("full_seconds", "Full")) " and " (defined("false_full_seconds", "falsely full")) }
            p.muted { "Full: all rooms of a building and size were booked. Falsely full: one of them stood empty." }
            (full(&buildings, filter))
        }
    }
}

fn parties(seats: &[GroupReport]) -> Markup {
    let column = |name| Column {
        name,
        unit: "people",
        is_other: false,
    };
    let value = |people: Option<u32>| match people {
        Some(people) => Value::Known(float(people.into()), people.to_string()),
        None => Value::Unknown("no people were counted in meetings"),
    };
    let rows: Vec<(String, Vec<Value>)> = seats
        .iter()
        .map(|group| {
            let name = match group.key.as_str() {
                "none" => "seats not known".to_owned(),
                key => format!("{key} seats"),
            };
            let party = group.party.unwrap_or_default();
            (name, vec![value(party.median), value(party.p90)])
        })
        .collect();
    chart(
        Kind::Bar,
        "People in meetings, by the size of the room",
        "Room",
        &[column("Half of the meetings up to"), column("90 % up to")],
        &rows,
    )
}

fn fits(seats: &[GroupReport]) -> Markup {
    html! {
        h3 { (defined("fit", "Fit")) " of rooms in which 20 meetings or more were counted" }
        div.table {
            table.stack.figures.cells {
                thead {
                    tr {
                        th scope="col" { "Seats" } th.number scope="col" { "Too big" } th.number scope="col" { "Roomy" }
                        th.number scope="col" { "Fits" } th.number scope="col" { "Too small" } (heading("seat_fill", "Seats filled"))
                        th scope="col" { "Known" }
                    }
                }
                tbody {
                    @for group in seats {
                        tr {
                            th scope="row" { (words_of(&group.key)) }
                            @let fit = group.fit.unwrap_or_default();
                            @let why = unfit(group);
                            @if why.is_none() {
                                td.number data-label="Too big" { (count(fit.too_big)) }
                                td.number data-label="Roomy" { (count(fit.roomy)) }
                                td.number data-label="Fits" { (count(fit.fits)) }
                                td.number data-label="Too small" { (count(fit.too_small)) }
                            } @else {
                                td data-label="Fit" colspan="4" { (dash(why.unwrap_or_default())) }
                            }
                            td.number data-label="Seats filled" { (rate(group.seat_fill, uncounted(group))) }
                            td.words data-label="Known" { small.muted { (known(group)) } }
                        }
                    }
                }
            }
        }
    }
}

/// Why rooms neither fit nor do not: nothing is known of any of them.
fn unfit(group: &GroupReport) -> Option<&'static str> {
    let fit = group.fit.unwrap_or_default();
    // Nothing fits, or does not, where nobody knows how many seats there are.
    if group.key == Band::None.as_str() {
        Some("seats not known")
    } else if fit.too_big + fit.roomy + fit.fits + fit.too_small > 0 {
        None
    } else if group.party.unwrap_or_default().bookings > 0 {
        Some("fewer than 20 meetings were counted in each room")
    } else {
        Some(uncounted(group))
    }
}

/// Why it is not known how many people came.
fn uncounted(group: &GroupReport) -> &'static str {
    if group.key == Band::None.as_str() {
        "seats not known"
    } else if is_observed(group) {
        "no people were counted"
    } else {
        why_unused(group)
    }
}

fn peaks(in_use: &[(&GroupReport, &InUseReport)], peers: &Peers<'_>, filter: &Filter) -> Markup {
    html! {
        div.table tabindex="0" role="region" aria-label="Table of rooms in use at once" {
            table.stack.figures.cells {
                thead {
                    tr {
                        th scope="col" { "Building" } th scope="col" { "Seats" } th.number scope="col" { "Rooms" }
                        th.number scope="col" { "Booked at once" } th.number scope="col" { "Occupied at once" } th.number scope="col" { "Possible" }
                        th.number scope="col" { "Spare" } th scope="col" { "Known" }
                    }
                }
                tbody {
                    @for (group, one) in in_use {
                        @let group = peers.get(&(one.building.as_str(), one.seats)).unwrap_or(group);
                        tr {
                            th scope="row" { a href=(filter.of_building(super::spaces::PATH, &one.building)) { (short_name(&one.building)) } }
                            td data-label="Seats" { (words_of(one.seats)) }
                            td.number data-label="Rooms" { (count(one.rooms)) }
                            @if let Some(why) = unread(group) {
                                td data-label="At once" colspan="4" { (dash(&why)) }
                            } @else {
                                td.number data-label="Booked at once" { (peak(&one.booked)) }
                                td.number data-label="Occupied at once" { @if is_observed(group) { (peak(&one.occupied)) } @else { (dash(UNOBSERVED)) } }
                                td.number data-label="Possible" { (peak(&one.possible)) }
                                td.number data-label="Spare" { (spare(one)) }
                            }
                            td.words data-label="Known" { small.muted { (known(group)) } }
                        }
                    }
                }
            }
        }
    }
}

/// Why nothing is said about rooms: it would be about no time at all.
const UNREAD: &str = "calendars were not read";
const UNOBSERVED: &str = "no device reported";

/// Of so much of the time (ten thousandths) calendars must have been read, so that what is unread hides none of the 5 % of highest quarter hours.
const MOST: i64 = 9_500;

/// Why it is not known how many rooms were in use at once: too much of the time no calendar was read, and such a quarter hour counts as one without
/// use.
fn unread(group: &GroupReport) -> Option<String> {
    match read(group) {
        _ if group.booked_rate.is_none() => Some(UNREAD.to_owned()),
        Some(read) if read.ten_thousandths() < MOST => Some(format!(
            "calendars were read for only {} of this time",
            percent(read)
        )),
        _ => None,
    }
}

fn peak(peak: &PeakReport) -> Markup {
    html! {
        @match peak.p95 {
            Some(p95) => {
                (number(super::words::unsigned(p95)))
                @if let Some(highest) = peak.highest { small.muted { "highest " (highest) } }
            }
            None => (dash("no open time")),
        }
    }
}

/// What is spare for certain, to what may be.
fn spare(one: &InUseReport) -> Markup {
    match (one.possible.spare, one.occupied.spare) {
        (Some(least), Some(most)) if least == most => html! { (least) },
        (Some(least), Some(most)) => html! { (least) " to " (most) },
        _ => dash("no open time"),
    }
}

fn full(buildings: &[&GroupReport], filter: &Filter) -> Markup {
    html! {
        div.table tabindex="0" role="region" aria-label="Table of full and falsely full time" {
            table.stack.figures.cells {
                thead {
                    tr { th scope="col" { "Building" } th.number scope="col" { "Full" } th.number scope="col" { "Falsely full" } th scope="col" { "Known" } }
                }
                tbody {
                    @for group in buildings {
                        @let why = match (group.key.is_empty(), group.booked_rate) {
                            (true, _) => Some("only rooms of one building are full together"),
                            (false, None) => Some(UNREAD),
                            (false, Some(_)) => None,
                        };
                        tr {
                            th scope="row" {
                                a href=(filter.of_building(super::spaces::PATH, &group.key)) {
                                    (building(&group.key))
                                }
                            }
                            td.number data-label="Full" { @match group.full_seconds { Some(full) if why.is_none() => (duration(full)), _ => (dash(why.unwrap_or("not known"))) } }
                            td.number data-label="Falsely full" {
                                @match group.false_full_seconds {
                                    Some(full) if why.is_none() && is_observed(group) => (duration(full)),
                                    _ => (dash(why.unwrap_or(UNOBSERVED))),
                                }
                            }
                            td.words data-label="Known" { small.muted { (known(group)) } }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roles::Role;

    fn page(group: GroupReport) -> String {
        let filter = Filter::read("", Role::Viewer, 1_773_500_000);
        content(&[group], &[], &Peers::new(), &filter).into_string()
    }

    fn building() -> GroupReport {
        let peak = PeakReport {
            p95: Some(0),
            highest: Some(0),
            at: None,
            spare: Some(4),
        };
        GroupReport {
            key: "HQ".to_owned(),
            rooms: Some(4),
            rooms_observed: Some(0),
            full_seconds: Some(0),
            false_full_seconds: Some(0),
            in_use: Some(vec![InUseReport {
                building: "HQ".to_owned(),
                seats: "3-4",
                rooms: 4,
                slots: 0,
                booked: peak.clone(),
                occupied: peak.clone(),
                possible: peak,
            }]),
            ..GroupReport::default()
        }
    }

    #[test]
    fn a_building_whose_calendars_were_not_read_has_nothing_to_spare() {
        let page = page(building());
        assert_eq!(page.matches(UNREAD).count(), 3, "{page}");
        assert!(!page.contains("0 min"), "{page}");
    }

    #[test]
    fn time_that_was_not_read_is_not_time_with_rooms_to_spare() {
        let of = |unread| {
            page(GroupReport {
                booked_rate: Rate::of(1, 2),
                rooms_observed: Some(4),
                open_seconds: Some(1_000),
                unread_seconds: Some(unread),
                ..building()
            })
        };
        let little = of(960);
        assert_eq!(
            little
                .matches("calendars were read for only 4.0 % of this time")
                .count(),
            1,
            "{little}"
        );
        let most = of(50);
        assert!(!most.contains("for only"), "{most}");
    }

    #[test]
    fn a_size_of_which_nothing_is_known_is_not_known_because_its_building_is() {
        let silent = GroupReport {
            rooms: Some(1),
            booked_rate: Rate::of(1, 2),
            rooms_observed: Some(0),
            ..GroupReport::default()
        };
        let observed = GroupReport {
            rooms_observed: Some(1),
            booked_rate: Rate::of(1, 2),
            ..building()
        };
        let filter = Filter::read("", Role::Viewer, 1_773_500_000);
        let peers = Peers::from([(("HQ", "3-4"), silent)]);
        let page = content(&[observed], &[], &peers, &filter).into_string();
        assert!(
            page.contains(UNOBSERVED) && page.contains("nothing known, 0 of 1 room"),
            "{page}"
        );
    }

    #[test]
    fn rooms_that_nobody_observed_are_not_none_that_fit() {
        let band = GroupReport {
            key: "5-8".into(),
            fit: Some(Default::default()),
            open_seconds: Some(100),
            ..GroupReport::default()
        };
        let page = fits(std::slice::from_ref(&band)).into_string();
        assert!(
            page.contains("no calendar was read") && !page.contains(">0<"),
            "{page}"
        );
    }

    #[test]
    fn rooms_that_no_device_observed_were_not_unoccupied() {
        let page = page(GroupReport {
            booked_rate: collector_insights::rank::Rate::of(1, 2),
            ..building()
        });
        assert_eq!(page.matches(UNOBSERVED).count(), 2, "{page}");
        assert!(!page.contains(UNREAD), "{page}");
    }
}
