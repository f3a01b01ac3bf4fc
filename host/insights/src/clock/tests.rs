//! Days on which clocks change.

use std::collections::BTreeMap;

use super::*;
use crate::hours::Keys;

fn hours(zone: &str, opens: &str, closes: &str) -> OpenHours {
    OpenHours::of(&Keys {
        time_zone: Some(zone.into()),
        days: Some(
            ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
                .map(str::to_owned)
                .to_vec(),
        ),
        hours: Some(vec![opens.into(), closes.into()]),
        holidays: None,
    })
    .unwrap()
}

fn day(zone: &str, date: &str) -> LocalDay {
    LocalDay::of(&hours(zone, "00:00", "24:00"), date.parse().unwrap())
}

/// The hours that do not have 3,600 seconds, and those that are missing.
fn odd_hours(day: &LocalDay) -> Vec<(u8, i64)> {
    let known: BTreeMap<u8, i64> = day
        .hours
        .iter()
        .map(|(hour, spans)| (*hour, spans.seconds()))
        .collect();
    (0..24)
        .map(|hour| (hour, known.get(&hour).copied().unwrap_or(0)))
        .filter(|(_, seconds)| *seconds != 3_600)
        .collect()
}

#[test]
fn days_on_which_clocks_change_have_the_hours_that_their_clocks_show() {
    for (zone, date, length, odd) in [
        ("Europe/Berlin", "2026-03-29", 82_800, vec![(2, 0)]),
        ("Europe/Berlin", "2026-10-25", 90_000, vec![(2, 7_200)]),
        ("America/Chicago", "2026-03-08", 82_800, vec![(2, 0)]),
        ("America/Chicago", "2026-11-01", 90_000, vec![(1, 7_200)]),
        ("Australia/Sydney", "2026-04-05", 90_000, vec![(2, 7_200)]),
        ("Australia/Sydney", "2026-10-04", 82_800, vec![(2, 0)]),
        // Half an hour back, from 02:00 to 01:30, and forward, from 02:00 to 02:30.
        ("Australia/Lord_Howe", "2026-04-05", 88_200, vec![(1, 5_400)]),
        ("Australia/Lord_Howe", "2026-10-04", 84_600, vec![(2, 1_800)]),
        ("Asia/Kathmandu", "2026-03-29", 86_400, vec![]),
        ("UTC", "2026-03-29", 86_400, vec![]),
    ] {
        let day = day(zone, date);
        assert_eq!(day.seconds.seconds(), length, "{zone} {date}");
        assert_eq!(odd_hours(&day), odd, "{zone} {date}");
    }
}

#[test]
fn a_day_that_a_zone_skipped_has_no_second_and_its_neighbours_touch() {
    let skipped = day("Pacific/Apia", "2011-12-30");
    assert_eq!(skipped.seconds, Spans::NONE);
    assert_eq!((skipped.hours.len(), skipped.quarters.len()), (0, 0));
    let before = day("Pacific/Apia", "2011-12-29").hull().unwrap();
    let after = day("Pacific/Apia", "2011-12-31").hull().unwrap();
    assert_eq!(before.end(), after.start());
}

#[test]
fn clocks_that_go_back_over_midnight_show_the_end_of_a_day_once_more() {
    // In St. John's it was 00:01 on November 7, then 23:01 on November 6 again.
    let day = day("America/St_Johns", "2010-11-06");
    assert_eq!(day.seconds.seconds(), 86_400 + 59 * 60);
    assert_eq!(day.seconds.as_slice().len(), 2);
    assert_eq!(odd_hours(&day), [(23, 3_600 + 59 * 60)]);
}

#[test]
fn hours_of_the_wall_clock_may_be_open_for_nine_or_eleven_hours() {
    let hours = hours("Europe/Berlin", "00:00", "10:00");
    let open = |date: &str| LocalDay::of(&hours, date.parse().unwrap()).open.seconds();
    assert_eq!(open("2026-03-28"), 10 * 3_600);
    assert_eq!(open("2026-03-29"), 9 * 3_600);
    assert_eq!(open("2026-10-25"), 11 * 3_600);
}

#[test]
fn a_quarter_hour_that_comes_twice_is_one() {
    let day = day("Europe/Berlin", "2026-10-25");
    assert_eq!(day.quarters.len(), 96);
    let twice: Vec<u8> = day
        .quarters
        .iter()
        .filter(|(_, spans)| spans.seconds() == 1_800)
        .map(|(quarter, _)| *quarter)
        .collect();
    assert_eq!(twice, [8, 9, 10, 11]);
}

#[test]
fn open_time_of_a_span_is_that_of_its_days() {
    let hours = OpenHours::of(&Keys {
        time_zone: Some("Europe/Berlin".into()),
        ..Keys::default()
    })
    .unwrap();
    // Friday 17:00 to Monday 09:00, over the change of clocks on Sunday.
    let span = Span::new(1_774_627_200, 1_774_854_000).unwrap();
    assert_eq!(open_seconds(&hours, span).seconds(), 2 * 3_600);
}

#[test]
fn days_side_by_side_share_no_second_and_leave_none_out() {
    for zone in [
        "Europe/Berlin",
        "Australia/Lord_Howe",
        "America/St_Johns",
        "Pacific/Apia",
    ] {
        for (start, number) in [("2010-10-20", 40), ("2011-12-20", 20), ("2026-03-20", 30)] {
            let mut date: Date = start.parse().unwrap();
            let (mut all, mut sum) = (Spans::NONE, 0);
            for _ in 0..number {
                let day = day(zone, &date.to_string());
                assert_eq!(
                    day.hours.iter().map(|(_, spans)| spans.seconds()).sum::<i64>(),
                    day.seconds.seconds()
                );
                sum += day.seconds.seconds();
                all = all.or(&day.seconds);
                date = date.tomorrow().unwrap();
            }
            assert_eq!(all.seconds(), sum, "{zone} {start}");
            assert_eq!(all.as_slice().len(), 1, "{zone} {start}");
        }
    }
}
