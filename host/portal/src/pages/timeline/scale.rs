//! Positions of meetings on the scale of a day: slots of five minutes from the first hour shown, and lanes for meetings that overlap.
//! The stylesheet has a class for each slot, because the content security policy allows no inline styles.

use chrono::Timelike as _;

use super::request::{Day, TimelineRequest};
use crate::api::MeetingView;

/// Seconds of a slot: the shortest step in which people book.
const SLOT: i64 = 300;
/// Slots per hour.
pub(super) const SLOTS_OF_AN_HOUR: u32 = 12;
/// The hours that are always shown, in the zone's time.
const OFFICE_HOURS: std::ops::Range<u32> = 7..19;

/// The part of a day that is shown: whole hours of elapsed time from the day's first instant, so that an hour that the clock repeats or
/// skips does not move a meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scale {
    /// Where it begins, in UTC seconds.
    start: i64,
    /// The local time at the start of each hour: `07`, or `02:30` if it is not a full hour.
    pub(super) hours: Vec<String>,
}

/// A meeting on the scale.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block<'a> {
    pub(super) meeting: &'a MeetingView,
    /// The slot in which it begins, counted from 0.
    pub(super) from: u32,
    /// How many slots it takes, at least one.
    pub(super) span: u32,
    /// Its lane, counted from 1.
    pub(super) lane: usize,
    /// Whether it begins in the last third of the scale.
    pub(super) is_late: bool,
}

impl Scale {
    /// The office hours of a day, extended to the meetings outside them.
    pub(super) fn of<'a>(
        request: &TimelineRequest,
        day: Day,
        meetings: impl Iterator<Item = &'a MeetingView>,
    ) -> Self {
        let of_day = || (day.start..day.end).step_by(3_600);
        let hour = |at: i64| request.zone.local(at).map_or(0, |time| time.hour());
        let mut start = of_day()
            .find(|at| hour(*at) >= OFFICE_HOURS.start)
            .unwrap_or(day.start);
        let mut end = of_day()
            .find(|at| hour(*at) >= OFFICE_HOURS.end)
            .unwrap_or(day.end);
        for meeting in meetings.filter(|meeting| !meeting.all_day && overlaps(meeting, day)) {
            start = start.min(meeting.start.max(day.start));
            end = end.max(meeting.end.min(day.end));
        }
        let hours = of_day().filter(|at| at.saturating_add(3_600) > start && *at < end);
        Self {
            start: hours.clone().next().unwrap_or(day.start),
            hours: hours
                .filter_map(|at| request.zone.local(at))
                .map(|time| {
                    time.format(if time.minute() == 0 { "%H" } else { "%H:%M" })
                        .to_string()
                })
                .collect(),
        }
    }

    /// The slot of an instant, if it lies on the scale.
    pub(super) fn slot(&self, at: i64) -> Option<u32> {
        let slot = at.checked_sub(self.start)?.div_euclid(SLOT);
        u32::try_from(slot).ok().filter(|slot| *slot < self.slots())
    }

    /// The meetings that are not all-day, cut to the scale, each in the first free lane.
    pub(super) fn blocks<'a>(&self, day: Day, meetings: &'a [MeetingView]) -> Vec<Block<'a>> {
        let mut lanes: Vec<u32> = Vec::new();
        let mut blocks = Vec::new();
        let mut meetings: Vec<_> = meetings
            .iter()
            .filter(|meeting| !meeting.all_day && overlaps(meeting, day))
            .collect();
        meetings.sort_by_key(|meeting| (meeting.start, meeting.end));
        for meeting in meetings {
            let from = self.nearest(meeting.start).min(self.slots().saturating_sub(1));
            let to = self.nearest(meeting.end.min(day.end)).max(from + 1);
            let lane = lanes.iter().position(|end| *end <= from).unwrap_or(lanes.len());
            match lanes.get_mut(lane) {
                Some(end) => *end = to,
                None => lanes.push(to),
            }
            blocks.push(Block {
                meeting,
                from,
                span: to - from,
                lane: lane + 1,
                is_late: from > self.slots() / 3 * 2,
            });
        }
        blocks
    }

    fn slots(&self) -> u32 {
        u32::try_from(self.hours.len()).unwrap_or(0) * SLOTS_OF_AN_HOUR
    }

    /// The slot boundary nearest to an instant, so that a meeting that begins when another ends never overlaps it.
    fn nearest(&self, at: i64) -> u32 {
        let edge = at
            .saturating_sub(self.start)
            .saturating_add(SLOT / 2)
            .div_euclid(SLOT);
        u32::try_from(edge.max(0)).unwrap_or(u32::MAX).min(self.slots())
    }
}

/// Whether a meeting overlaps a day. One of length zero counts on the day it begins.
pub(super) fn overlaps(meeting: &MeetingView, day: Day) -> bool {
    meeting.start < day.end && (meeting.end > day.start || meeting.start >= day.start)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::api::SubjectView;
    use crate::zone::Zone;

    fn request(query: &str) -> (TimelineRequest, Day) {
        let request = TimelineRequest::from_query(query, Zone::UTC, 1_773_137_100);
        let day = request.days()[0];
        (request, day)
    }

    /// A meeting, given in minutes after the day's first instant.
    fn meeting(day: Day, from: i64, to: i64) -> MeetingView {
        MeetingView {
            start: day.start + from * 60,
            end: day.start + to * 60,
            subject: SubjectView::None,
            all_day: false,
            status: "confirmed".into(),
        }
    }

    fn places(
        request: &TimelineRequest,
        day: Day,
        meetings: &[MeetingView],
    ) -> (Vec<String>, Vec<(u32, u32, usize)>) {
        let scale = Scale::of(request, day, meetings.iter());
        let blocks = scale.blocks(day, meetings);
        (
            scale.hours,
            blocks
                .iter()
                .map(|block| (block.from, block.span, block.lane))
                .collect(),
        )
    }

    #[test]
    fn a_free_day_shows_its_office_hours() {
        let (request, day) = request("date=2026-03-10");
        let (hours, blocks) = places(&request, day, &[]);
        assert_eq!(
            (hours.len(), hours[0].as_str(), hours[11].as_str()),
            (12, "07", "18")
        );
        assert!(blocks.is_empty());
    }

    #[test]
    fn meetings_outside_of_the_office_hours_make_the_scale_longer() {
        let (request, day) = request("date=2026-03-10");
        let (hours, blocks) = places(
            &request,
            day,
            &[meeting(day, 330, 390), meeting(day, 1_200, 1_215)],
        );
        assert_eq!((hours[0].as_str(), hours[hours.len() - 1].as_str()), ("05", "20"));
        assert_eq!(blocks, [(6, 12, 1), (180, 3, 1)]);
    }

    #[test]
    fn what_begins_before_or_ends_after_the_day_is_cut() {
        let (request, day) = request("date=2026-03-10");
        let (hours, blocks) = places(
            &request,
            day,
            &[meeting(day, -600, 30), meeting(day, 1_410, 2_000)],
        );
        assert_eq!(hours.len(), 24);
        assert_eq!(blocks, [(0, 6, 1), (282, 6, 1)]);
        assert!(
            places(&request, day, &[meeting(day, -60, 0), meeting(day, 1_440, 1_500)])
                .1
                .is_empty()
        );
    }

    #[test]
    fn overlapping_meetings_are_in_lanes_and_neighbours_are_not() {
        let (request, day) = request("date=2026-03-10");
        let meetings = [
            meeting(day, 540, 600),
            meeting(day, 570, 630),
            meeting(day, 580, 590),
            meeting(day, 600, 660),
            // It begins in the middle of a slot, exactly when the one before ends.
            meeting(day, 660, 667),
            meeting(day, 667, 690),
        ];
        let lanes: Vec<_> = places(&request, day, &meetings)
            .1
            .iter()
            .map(|(_, _, lane)| *lane)
            .collect();
        assert_eq!(lanes, [1, 2, 3, 1, 1, 1]);
    }

    #[test]
    fn a_meeting_without_a_length_takes_a_slot() {
        let (request, day) = request("date=2026-03-10");
        assert_eq!(places(&request, day, &[meeting(day, 600, 600)]).1, [(36, 1, 1)]);
    }

    #[test]
    fn a_day_of_23_hours_leaves_an_hour_out() {
        let (request, day) = request("zone=Europe/Berlin&date=2026-03-29");
        // From midnight to 10:00 on a clock that goes from 02:00 to 03:00: nine hours.
        let (hours, blocks) = places(&request, day, &[meeting(day, 0, 540)]);
        assert_eq!(hours[..5], ["00", "01", "03", "04", "05"]);
        assert_eq!(hours.last().unwrap(), "18");
        assert_eq!(blocks, [(0, 108, 1)]);
        let whole = places(&request, day, &[meeting(day, 0, 23 * 60)]);
        assert_eq!((whole.0.len(), whole.1), (23, vec![(0, 276, 1)]));
    }

    #[test]
    fn a_day_of_25_hours_has_an_hour_twice() {
        let (request, day) = request("zone=Europe/Berlin&date=2026-10-25");
        // In the second of the two hours from 02:00.
        let (hours, blocks) = places(&request, day, &[meeting(day, 0, 60), meeting(day, 180, 240)]);
        assert_eq!(hours[..5], ["00", "01", "02", "02", "03"]);
        assert_eq!(blocks, [(0, 12, 1), (36, 12, 1)]);
        let whole = places(&request, day, &[meeting(day, 0, 25 * 60)]);
        assert_eq!((whole.0.len(), whole.1), (25, vec![(0, 300, 1)]));
    }

    #[test]
    fn a_clock_that_is_moved_by_half_an_hour_is_shown_as_it_is() {
        let (request, day) = request("zone=Australia/Lord_Howe&date=2026-04-05");
        let hours = places(&request, day, &[meeting(day, 0, 60)]).0;
        assert_eq!(hours[..4], ["00", "01", "01:30", "02:30"]);
    }

    #[test]
    fn now_is_on_the_scale_only_while_it_is() {
        let (request, day) = request("date=2026-03-10");
        let scale = Scale::of(&request, day, std::iter::empty());
        assert_eq!(scale.slot(day.start + 7 * 3_600), Some(0));
        assert_eq!(scale.slot(day.start + 7 * 3_600 - 1), None);
        assert_eq!(scale.slot(day.start + 19 * 3_600), None);
    }

    proptest! {
        #[test]
        fn blocks_stay_on_the_scale_and_never_cover_each_other(
            zone in prop::sample::select(Zone::names()),
            month in 1..=12,
            date in 1..=28,
            spans in prop::collection::vec((-2_000_i64..3_000, 0_i64..900), 0..30),
        ) {
            let (request, day) = request(&format!("zone={zone}&date=2026-{month:02}-{date:02}"));
            let meetings: Vec<_> = spans.iter().map(|(from, length)| meeting(day, *from, from + length)).collect();
            let scale = Scale::of(&request, day, meetings.iter());
            let blocks = scale.blocks(day, &meetings);
            prop_assert_eq!(blocks.len(), meetings.iter().filter(|meeting| overlaps(meeting, day)).count());
            prop_assert!((11..=26).contains(&scale.hours.len()));
            for (index, block) in blocks.iter().enumerate() {
                prop_assert!(block.span > 0 && block.from + block.span <= scale.slots());
                for other in &blocks[..index] {
                    let apart = other.from + other.span <= block.from || block.from + block.span <= other.from;
                    prop_assert!(apart || other.lane != block.lane);
                }
            }
        }

        #[test]
        fn no_instant_is_too_far(start in any::<i64>(), end in any::<i64>()) {
            let (request, day) = request("");
            let meetings = [MeetingView { start, end, ..meeting(day, 0, 0) }];
            places(&request, day, &meetings);
        }
    }
}
