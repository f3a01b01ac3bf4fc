//! Rooms whose devices told something before and are silent now: what somebody has to look after.

use collector_insights::clock::date_in_utc;
use collector_insights::group::By;
use collector_insights::report::{GroupReport, Report};
use collector_store::natural_order;
use jiff::civil::Date;
use maud::{Markup, html};

use super::filter::before;
use super::spaces::room_path;
use super::words::is_observed;
use crate::api::{AskedReport, Backend, FiguresError, RoomFilter, SelectedRoom, Selection};
use crate::pages::elements::{counted, short_name};

/// Days in which the last open one is looked for: holidays may be long.
const LOOKED: i64 = 14;
/// Days before that one in which a device must have told something.
const BEFORE: i64 = 28;
/// Most rooms that are named.
const NAMED: usize = 3;

/// The report about all rooms in which the last open day is looked for.
pub(super) fn days(now: i64) -> AskedReport {
    let today = date_in_utc(now);
    AskedReport::of(By::Date, before(today, LOOKED), today)
}

/// The rooms whose devices told nothing on the last open day that is over, in words; none if there are none. `by_day` is what [`days`] asks for.
pub(super) async fn silent(
    backend: &dyn Backend,
    by_day: Option<Report>,
) -> Result<Option<Markup>, FiguresError> {
    let Some(date) = by_day.as_ref().and_then(last_open) else {
        return Ok(None);
    };
    let asked = vec![
        AskedReport::of(By::Room, date, before(date, -1)),
        AskedReport::of(By::Room, before(date, BEFORE), date),
    ];
    let view = backend.select(RoomFilter::default(), asked).await?;
    let rooms = fell_silent(&view);
    Ok((!rooms.is_empty()).then(|| words(&rooms, date)))
}

/// The last date with open time that was read.
fn last_open(report: &Report) -> Option<Date> {
    let open = report.groups.iter().rfind(|group| group.booked_rate.is_some());
    open?.key.parse().ok()
}

/// The rooms that were observed in the second report and not in the first, by name, though their calendars were read and devices are still joined.
fn fell_silent(view: &Selection) -> Vec<&SelectedRoom> {
    let [now, earlier] = view.reports.as_slice() else {
        return Vec::new();
    };
    let is_of = |report: &Report, room: &SelectedRoom, is: fn(&GroupReport) -> bool| {
        // Groups are sorted by their keys.
        let group = report
            .groups
            .binary_search_by(|group| group.key.as_str().cmp(&room.address));
        group.ok().and_then(|at| report.groups.get(at)).is_some_and(is)
    };
    let mut rooms: Vec<&SelectedRoom> = view
        .rooms
        .iter()
        .filter(|room| room.spaces > 0)
        .filter(|room| {
            is_of(now, room, |group| {
                group.booked_rate.is_some() && !is_observed(group)
            })
        })
        .filter(|room| is_of(earlier, room, is_observed))
        .collect();
    rooms.sort_by(|one, other| natural_order(one.title(), other.title()));
    rooms
}

fn words(rooms: &[&SelectedRoom], date: Date) -> Markup {
    let more = rooms.len().saturating_sub(NAMED);
    html! {
        "Devices of " (counted(rooms.len() as u64, "room")) " were silent on " (date.strftime("%A, %-d %B")) ", and told something in the four weeks before: "
        @for (number, room) in rooms.iter().take(NAMED).enumerate() {
            @if number > 0 { ", " }
            strong { a href=(room_path(room)) { (short_name(room.title())) } }
        }
        @if more > 0 { " and " (more) " more" }
        ". Their use is unknown, not empty. " a href=(super::trust::PATH) { "See what to repair" }
    }
}

#[cfg(test)]
mod tests {
    use collector_insights::rank::Rate;

    use super::*;
    use crate::pages::elements::tests::HOSTILE;
    use crate::tests::workplace::Workplace;

    fn report(groups: Vec<GroupReport>) -> Report {
        let mut view = Workplace::new().select(
            &RoomFilter::default(),
            &[AskedReport::of(By::All, date(), date())],
        );
        Report {
            groups,
            ..view.reports.remove(0)
        }
    }

    fn date() -> Date {
        "2026-03-13".parse().unwrap()
    }

    fn group(key: &str, is_read: bool, observed: i64) -> GroupReport {
        GroupReport {
            key: key.to_owned(),
            booked_rate: Rate::of(0, is_read.into()),
            rooms_observed: Some(observed),
            ..GroupReport::default()
        }
    }

    /// Three rooms on the last day and before, each as whether its calendar was read and whether it was observed.
    fn view(now: [(bool, i64); 3], earlier: [i64; 3]) -> Selection {
        let addresses = ["a@contoso.com", "b@contoso.com", "c@contoso.com"];
        let mut view = Workplace::new().select(&RoomFilter::default(), &[]);
        for room in &mut view.rooms {
            room.spaces = 1;
        }
        let now = addresses.iter().zip(now);
        let earlier = addresses.iter().zip(earlier);
        view.reports = vec![
            report(
                now.map(|(room, (is_read, observed))| group(room, is_read, observed))
                    .collect(),
            ),
            report(
                earlier
                    .map(|(room, observed)| group(room, true, observed))
                    .collect(),
            ),
        ];
        view
    }

    #[test]
    fn a_room_is_silent_only_if_it_told_something_before_and_could_have() {
        // One tells, one never told anything, and of one nobody read the calendar.
        let view_of_none = view([(true, 1), (true, 0), (false, 0)], [1, 0, 1]);
        assert_eq!(fell_silent(&view_of_none), Vec::<&SelectedRoom>::new());
        let mut one = view([(true, 1), (true, 0), (false, 0)], [1, 1, 1]);
        let rooms = fell_silent(&one);
        assert_eq!(rooms.len(), 1);
        let told = words(&rooms, date()).into_string();
        assert!(
            told.contains("Devices of 1 room were silent on Friday, 13 March")
                && told.contains("/insights/spaces/contoso/b%40contoso.com"),
            "{told}"
        );
        assert!(!told.contains(HOSTILE), "{told}");
        // A device that nobody joined any more is not missed.
        for room in &mut one.rooms {
            room.spaces = 0;
        }
        assert_eq!(fell_silent(&one), Vec::<&SelectedRoom>::new());
    }

    #[test]
    fn a_day_that_was_not_open_silences_nobody() {
        let days = report(vec![
            group("2026-03-12", true, 0),
            group("2026-03-13", true, 0),
            group("2026-03-14", false, 0),
        ]);
        assert_eq!(last_open(&days), Some(date()));
        assert_eq!(last_open(&report(Vec::new())), None);
    }
}
