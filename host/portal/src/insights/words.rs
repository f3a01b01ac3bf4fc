//! Figures in words: with what they could at least and at most be, with how much is known, and with a dash and its reason where nothing is.

use collector_insights::rank::Rate;
use collector_insights::report::{Bounds, GroupReport};
use collector_store::natural_order;
use maud::{Markup, html};

use crate::pages::elements::{counted, number, short_name};

/// The ten-thousandths from which a share is written as 100 %.
const ALL_BUT_LITTLE: i64 = 9_950;

/// A rate: `31 %`, `3.4 %`, `< 0.1 %`. Small ones have a decimal, and only none at all is 0.
pub(super) fn percent(rate: Rate) -> String {
    let tens = (rate.ten_thousandths() + 5) / 10;
    match tens {
        0 if rate.ten_thousandths() > 0 => "< 0.1 %".to_owned(),
        0..100 if rate.ten_thousandths() > 0 => format!("{}.{} %", tens / 10, tens % 10),
        _ => format!("{} %", (rate.ten_thousandths() + 50) / 100),
    }
}

/// A rate, or a dash with the reason why there is none.
pub(super) fn rate(rate: Option<Rate>, why_not: &str) -> Markup {
    match rate {
        Some(rate) => html! { (percent(rate)) },
        None => dash(why_not),
    }
}

/// What stands where nothing is known. The reason is for everybody, not only for those who point at it.
pub(super) fn dash(why_not: &str) -> Markup {
    html! { span.dash { "–" } " " small.muted { (why_not) } }
}

/// What a rate could at least and at most be; nothing if it is certain.
pub(super) fn range(bounds: &Bounds) -> Option<String> {
    let (lower, upper) = (bounds.lower?, bounds.upper?);
    (lower != upper).then(|| format!("{} to {}", percent(lower), percent(upper)))
}

/// How much is known: `known for 87 % of the time, 41 of 46 rooms`.
pub(super) fn known(group: &GroupReport) -> String {
    let (rooms, observed) = (
        group.rooms.unwrap_or_default(),
        group.rooms_observed.unwrap_or_default(),
    );
    let rooms_of = format!(
        "{} of {}",
        number(unsigned(observed)),
        counted(unsigned(rooms), "room")
    );
    let known = match group.coverage {
        Some(coverage) => format!("known for {} of the time, {rooms_of}", percent(coverage)),
        None => format!("nothing known, {rooms_of}"),
    };
    match half_read(group) {
        Some(words) => format!("{known}; {words}"),
        None => known,
    }
}

/// How much is known, as a sentence.
pub(super) fn use_is(group: &GroupReport) -> Markup {
    html! {
        @if is_observed(group) { "Use is " strong { (known(group)) } "." }
        @else { "Use is " strong { "not known" } ": " (why_unused(group)) "." }
    }
}

/// Why nothing is known about the use of rooms of which nothing is. What a device told where no calendar was read is in no figure either.
pub(super) fn why_unused(group: &GroupReport) -> &'static str {
    if group.open_seconds.unwrap_or_default() == 0 {
        "no open time"
    } else if group.booked_rate.is_none() {
        "no calendar was read"
    } else if group.occupied_unwitnessed_seconds.unwrap_or_default() > 0 || group.bookings.no_activity > 0 {
        "only calls are reported"
    } else {
        "no device reported"
    }
}

/// Whether anything is known about the use of rooms.
pub(super) fn is_observed(group: &GroupReport) -> bool {
    group.rooms_observed.is_some_and(|rooms| rooms > 0)
}

/// Groups as people order their names: building 2 before building 10.
pub(super) fn in_order(groups: &[GroupReport]) -> Vec<&GroupReport> {
    let mut groups: Vec<&GroupReport> = groups.iter().collect();
    groups.sort_by(|one, other| natural_order(&one.key, &other.key));
    groups
}

/// How much of the open time calendars were read; none without open time.
pub(super) fn read(group: &GroupReport) -> Option<Rate> {
    let open = group.open_seconds.unwrap_or_default();
    Rate::of(open - group.unread_seconds.unwrap_or_default(), open)
}

/// That calendars were not read for all of the time, if so: then sums are of the rest, and rates, too. What is little is not said.
pub(super) fn half_read(group: &GroupReport) -> Option<String> {
    let read = read(group).filter(|read| read.ten_thousandths() < ALL_BUT_LITTLE)?;
    Some(format!("calendars read for {}", percent(read)))
}

/// The change of a rate in percentage points: `▲ 3 points`. None if one of the two is not known.
pub(super) fn trend(now: Option<Rate>, before: Option<Rate>) -> Option<String> {
    let change = now?.ten_thousandths() - before?.ten_thousandths();
    let tenths = (change.abs() + 5) / 10;
    let points = match tenths {
        0..100 => format!("{}.{}", tenths / 10, tenths % 10),
        _ => ((change.abs() + 50) / 100).to_string(),
    };
    Some(match change {
        _ if tenths == 0 => "unchanged".to_owned(),
        0.. => format!("▲ {points} points"),
        _ => format!("▼ {points} points"),
    })
}

/// A length of time: `25 min`, `3.5 h`, `1,250 h`.
pub(super) fn duration(seconds: i64) -> String {
    let minutes = (seconds + 30) / 60;
    match seconds {
        ..3_600 => format!("{minutes} min"),
        3_600..36_000 => {
            let tenths = (seconds + 180) / 360;
            match tenths % 10 {
                0 => format!("{} h", tenths / 10),
                rest => format!("{}.{rest} h", tenths / 10),
            }
        }
        _ => format!("{} h", number(unsigned((seconds + 1_800) / 3_600))),
    }
}

/// A length of time before something: `9 days`, `3.5 h`.
pub(super) fn ahead(seconds: i64) -> String {
    match seconds {
        172_800.. => counted(unsigned(seconds / 86_400), "day"),
        _ => duration(seconds),
    }
}

/// A count, as it is shown.
pub(super) fn count(count: i64) -> String {
    number(unsigned(count))
}

/// The building of a group of a report; its name is empty for rooms without one.
pub(super) fn building(name: &str) -> Markup {
    match name {
        "" => html! { "no building" },
        name => short_name(name),
    }
}

/// The seats of a group of a report, by its key: those of the last group are not known, which is not none.
pub(super) fn seats(key: &str) -> &str {
    match key {
        "none" => "not known",
        key => key,
    }
}

/// A day of the week by its key in reports.
pub(super) fn weekday(key: &str) -> &str {
    match key {
        "mon" => "Monday",
        "tue" => "Tuesday",
        "wed" => "Wednesday",
        "thu" => "Thursday",
        "fri" => "Friday",
        "sat" => "Saturday",
        "sun" => "Sunday",
        key => key,
    }
}

/// A figure's name, as a link to its definition.
pub(super) fn defined(anchor: &str, words: &str) -> Markup {
    html! { a.defined href={ "/definitions#" (anchor) } title="What it means" { (words) } }
}

/// The heading of a column of a figure, as a link to its definition.
pub(super) fn heading(anchor: &str, words: &str) -> Markup {
    html! { th.number scope="col" { (defined(anchor, words)) } }
}

pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(part: i64, whole: i64) -> Option<Rate> {
        Rate::of(part, whole)
    }

    #[test]
    fn rates_are_whole_percents_but_for_small_ones() {
        assert_eq!(percent(of(3, 10_000).unwrap()), "< 0.1 %");
        for (part, said) in [
            (0, "0 %"),
            (1, "0.1 %"),
            (34, "3.4 %"),
            (99, "9.9 %"),
            (314, "31 %"),
            (1_000, "100 %"),
        ] {
            assert_eq!(percent(of(part, 1_000).unwrap()), said);
        }
    }

    #[test]
    fn lengths_of_time_are_in_their_unit() {
        for (seconds, said) in [
            (0, "0 min"),
            (1_500, "25 min"),
            (12_600, "3.5 h"),
            (7_200, "2 h"),
            (4_500_000, "1,250 h"),
        ] {
            assert_eq!(duration(seconds), said);
        }
        assert_eq!(ahead(9 * 86_400), "9 days");
    }

    #[test]
    fn trends_are_points_and_only_of_what_is_known() {
        assert_eq!(trend(of(31, 100), of(28, 100)).unwrap(), "▲ 3.0 points");
        assert_eq!(trend(of(28, 100), of(48, 100)).unwrap(), "▼ 20 points");
        assert_eq!(trend(of(1, 3), of(1, 3)).unwrap(), "unchanged");
        assert_eq!(trend(None, of(1, 3)), None);
    }

    #[test]
    fn a_calendar_that_was_not_read_is_no_silent_device() {
        let unread = GroupReport {
            open_seconds: Some(100),
            unread_seconds: Some(100),
            ..GroupReport::default()
        };
        assert_eq!(why_unused(&unread), "no calendar was read");
        let silent = GroupReport {
            unread_seconds: Some(0),
            booked_rate: of(0, 100),
            ..unread
        };
        assert_eq!(why_unused(&silent), "no device reported");
        let calls = GroupReport {
            occupied_unwitnessed_seconds: Some(5),
            ..silent
        };
        assert_eq!(why_unused(&calls), "only calls are reported");
    }

    #[test]
    fn nothing_known_is_never_zero_percent() {
        let group = GroupReport {
            rooms: Some(1),
            rooms_observed: Some(0),
            ..GroupReport::default()
        };
        assert_eq!(known(&group), "nothing known, 0 of 1 room");
        let half = GroupReport {
            open_seconds: Some(100),
            unread_seconds: Some(53),
            ..group
        };
        let nearly = GroupReport {
            open_seconds: Some(1_000),
            unread_seconds: Some(5),
            ..half.clone()
        };
        assert!(!known(&nearly).contains("calendars"), "{}", known(&nearly));
        assert_eq!(
            known(&half),
            "nothing known, 0 of 1 room; calendars read for 47 %"
        );
        assert!(rate(None, "no device").into_string().contains("no device"));
    }
}
