//! The same period under the definitions of other products, so that figures of theirs can be reconciled with ours. What they are in words, and
//! where each was read, is in [`crate::definitions`].
//!
//! A figure is none where nobody knows anything about it. Products that have no word for unknown count the unknown part of the rest as empty.

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use crate::basis::OfTime;
use crate::group::By;
use crate::rank::Rate;
use crate::report::{Bounds, GroupReport, InUseReport, Parameters, PeakReport, Report};
use crate::sums::Cells;

/// Seconds that the Teams usage report takes for a day.
pub(crate) const DAY: i64 = 8 * 3_600;

/// A product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Profile {
    /// Vyopta Workspace Insights.
    Vyopta,
    /// Microsoft Teams Rooms Pro, shared spaces insights.
    Microsoft,
    /// The usage report of Microsoft Teams Rooms.
    Teams,
    /// Density.
    Density,
}

/// A figure of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the figures of `definitions`, by the products' names")]
pub enum Figure {
    ScheduledMeetingCount,
    ScheduledMeetingSeconds,
    AttendedMeetingCount,
    AttendedMeetingSeconds,
    ReservedOccupied,
    ReservedNotOccupied,
    NotReservedOccupied,
    NotReservedNotOccupied,
    Utilization,
    Usage,
    TimeUsed,
    AverageUtilization,
    MinimumSurplus,
}

/// The value of a figure, as it is in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// How many.
    Count(i64),
    /// How long.
    Seconds(i64),
    /// A rate.
    Rate(Rate),
    /// A rate with what it could at least and at most be.
    Bounds(Bounds),
    /// Rooms that stay free, by building and band.
    Free(Vec<Free>),
}

/// How many rooms of a building and a band stay free.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Free {
    /// The building.
    pub building: String,
    /// The band of their seats.
    pub seats: &'static str,
    /// How many rooms there are.
    pub rooms: i64,
    /// How many stay free if every unknown room was occupied; none without a slot.
    pub lower: Option<i64>,
    /// How many stay free if no unknown room was.
    pub upper: Option<i64>,
}

impl Profile {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Vyopta, Self::Microsoft, Self::Teams, Self::Density];

    /// The word of the command line and the key in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vyopta => "vyopta",
            Self::Microsoft => "microsoft",
            Self::Teams => "teams",
            Self::Density => "density",
        }
    }

    /// The product's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Vyopta => "Vyopta",
            Self::Microsoft => "Teams Rooms Pro",
            Self::Teams => "Teams usage",
            Self::Density => "Density",
        }
    }

    /// Its figures, in the order in which they are shown.
    pub fn figures(self) -> &'static [Figure] {
        match self {
            Self::Vyopta => &[
                Figure::ScheduledMeetingCount,
                Figure::ScheduledMeetingSeconds,
                Figure::AttendedMeetingCount,
                Figure::AttendedMeetingSeconds,
            ],
            Self::Microsoft => &[
                Figure::ReservedOccupied,
                Figure::ReservedNotOccupied,
                Figure::NotReservedOccupied,
                Figure::NotReservedNotOccupied,
                Figure::Utilization,
            ],
            Self::Teams => &[Figure::Usage],
            Self::Density => &[
                Figure::TimeUsed,
                Figure::AverageUtilization,
                Figure::MinimumSurplus,
            ],
        }
    }
}

impl Figure {
    /// The key in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ScheduledMeetingCount => "scheduled_meeting_count",
            Self::ScheduledMeetingSeconds => "scheduled_meeting_seconds",
            Self::AttendedMeetingCount => "attended_meeting_count",
            Self::AttendedMeetingSeconds => "attended_meeting_seconds",
            Self::ReservedOccupied => "reserved_occupied",
            Self::ReservedNotOccupied => "reserved_not_occupied",
            Self::NotReservedOccupied => "not_reserved_occupied",
            Self::NotReservedNotOccupied => "not_reserved_not_occupied",
            Self::Utilization => "utilization",
            Self::Usage => "usage",
            Self::TimeUsed => "time_used",
            Self::AverageUtilization => "average_utilization",
            Self::MinimumSurplus => "minimum_surplus",
        }
    }

    /// What the product calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ScheduledMeetingCount => "Scheduled Meeting Count",
            Self::ScheduledMeetingSeconds => "Scheduled Meeting Minute",
            Self::AttendedMeetingCount => "Attended Meeting Count",
            Self::AttendedMeetingSeconds => "Attended Meeting Minute",
            Self::ReservedOccupied => "Reserved, occupied",
            Self::ReservedNotOccupied => "Reserved, not occupied",
            Self::NotReservedOccupied => "Not reserved, occupied",
            Self::NotReservedNotOccupied => "Not reserved, not occupied",
            Self::Utilization => "Utilization",
            Self::Usage => "Usage",
            Self::TimeUsed => "% Time Used",
            Self::AverageUtilization => "Average Utilization",
            Self::MinimumSurplus => "Minimum Surplus",
        }
    }

    /// The nearest figure of ours, by its key in the report.
    pub fn nearest(self) -> &'static str {
        match self {
            Self::ScheduledMeetingCount => "bookings",
            Self::ScheduledMeetingSeconds => "booked",
            Self::AttendedMeetingCount => "attended",
            Self::AttendedMeetingSeconds | Self::ReservedOccupied => "booked_occupied",
            Self::ReservedNotOccupied => "booked_vacant",
            Self::NotReservedOccupied => "unbooked_occupied",
            Self::NotReservedNotOccupied => "unbooked_vacant",
            Self::Utilization | Self::TimeUsed => "used_rate",
            Self::Usage => "booked_rate",
            Self::AverageUtilization => "seat_fill",
            Self::MinimumSurplus => "in_use",
        }
    }

    /// Its value in a group of a report by `by`; none if nothing is known about it, or if the product has it for no such group.
    pub fn theirs(self, group: &GroupReport, by: By) -> Option<Value> {
        let of_time = group.basis.of_time.as_ref();
        match self {
            Self::ScheduledMeetingCount
            | Self::ScheduledMeetingSeconds
            | Self::AttendedMeetingCount
            | Self::AttendedMeetingSeconds => self.vyopta(group),
            Self::ReservedOccupied
            | Self::ReservedNotOccupied
            | Self::NotReservedOccupied
            | Self::NotReservedNotOccupied
            | Self::Utilization => self.microsoft(&of_time?.sums.inside).map(Value::Rate),
            Self::Usage => usage(of_time?, by).map(Value::Rate),
            Self::TimeUsed => group.used_rate?.value.map(Value::Rate),
            Self::AverageUtilization => {
                let time = of_time?;
                Rate::of(time.person_seconds, time.known_seat_seconds).map(Value::Rate)
            }
            Self::MinimumSurplus => free(group, |in_use, peak| Some(in_use.rooms - peak.highest?)),
        }
    }

    /// The value of the nearest figure of ours. Cells are shares of the time that was read where the product has shares.
    pub fn ours(self, group: &GroupReport) -> Option<Value> {
        let cell = |seconds: fn(&Cells) -> i64| group.cells.as_ref().map(seconds);
        let share =
            |seconds| Rate::of(cell(seconds)?, group.cells.as_ref().map(Cells::all)?).map(Value::Rate);
        match self {
            Self::ScheduledMeetingCount => Some(Value::Count(group.bookings.claimed())),
            Self::ScheduledMeetingSeconds => cell(Cells::booked).map(Value::Seconds),
            Self::AttendedMeetingCount => Some(Value::Count(group.bookings.attended)),
            Self::AttendedMeetingSeconds => cell(|cells| cells.booked_occupied).map(Value::Seconds),
            Self::ReservedOccupied => share(|cells| cells.booked_occupied),
            Self::ReservedNotOccupied => share(|cells| cells.booked_vacant),
            Self::NotReservedOccupied => share(|cells| cells.unbooked_occupied),
            Self::NotReservedNotOccupied => share(|cells| cells.unbooked_vacant),
            Self::Utilization | Self::TimeUsed => group.used_rate.map(Value::Bounds),
            Self::Usage => group.booked_rate.map(Value::Rate),
            Self::AverageUtilization => group.seat_fill.map(Value::Rate),
            Self::MinimumSurplus => free(group, |_, peak| peak.spare),
        }
    }

    fn vyopta(self, group: &GroupReport) -> Option<Value> {
        let scheduled = &group.basis.scheduled;
        let was_read = |time: &OfTime| time.sums.inside.all() + time.sums.outside.all() > 0;
        if scheduled.meetings == 0 && !group.basis.of_time.as_ref().is_some_and(was_read) {
            return None;
        }
        let is_known = scheduled.known > 0 || scheduled.meetings == 0;
        match self {
            Self::ScheduledMeetingCount => Some(Value::Count(scheduled.meetings)),
            Self::ScheduledMeetingSeconds => Some(Value::Seconds(scheduled.length)),
            Self::AttendedMeetingCount => is_known.then_some(Value::Count(scheduled.attended)),
            _ => is_known.then_some(Value::Seconds(scheduled.occupied)),
        }
    }

    /// What is unknown counts as not occupied, unless all of it is.
    fn microsoft(self, cells: &Cells) -> Option<Rate> {
        let read = cells.all();
        if cells.unknown() == read {
            return None;
        }
        let seconds = match self {
            Self::ReservedOccupied => cells.booked_occupied,
            Self::ReservedNotOccupied => cells.booked_vacant + cells.booked_unknown,
            Self::NotReservedOccupied => cells.unbooked_occupied,
            Self::NotReservedNotOccupied => cells.unbooked_vacant + cells.unbooked_unknown,
            _ => cells.booked() + cells.unbooked_occupied,
        };
        Rate::of(seconds, read)
    }
}

/// Of an hour of the day there is none: the definition is about whole days.
fn usage(time: &OfTime, by: By) -> Option<Rate> {
    let booked = time.sums.inside.booked() + time.sums.outside.booked();
    match by {
        By::Hour | By::HourOfWeek => None,
        _ => Rate::of(booked, time.sums.working_days * DAY),
    }
}

/// Rooms that stay free, by what a number of rooms in use leaves.
fn free(group: &GroupReport, left: impl Fn(&InUseReport, &PeakReport) -> Option<i64>) -> Option<Value> {
    let all = group.in_use.as_ref()?.iter().map(|in_use| Free {
        building: in_use.building.clone(),
        seats: in_use.seats,
        rooms: in_use.rooms,
        lower: left(in_use, &in_use.possible),
        upper: left(in_use, &in_use.occupied),
    });
    Some(Value::Free(all.collect()))
}

/// A report with the figures of other products in each of its groups, under the key `profiles`.
#[derive(Debug, Serialize)]
pub struct Beside<'a> {
    from: &'a str,
    to: &'a str,
    by: &'static str,
    definitions: u32,
    parameters: Parameters,
    groups: Vec<GroupBeside<'a>>,
}

#[derive(Debug, Serialize)]
struct GroupBeside<'a> {
    #[serde(flatten)]
    ours: &'a GroupReport,
    profiles: Profiles<'a>,
}

/// The figures of some products in a group.
#[derive(Debug)]
struct Profiles<'a> {
    group: &'a GroupReport,
    by: By,
    profiles: &'a [Profile],
}

/// The figures of one of them.
struct Figures<'a>(&'a Profiles<'a>, Profile);

impl<'a> Beside<'a> {
    /// Of a report by `by` and some products, in their order.
    pub fn new(report: &'a Report, by: By, profiles: &'a [Profile]) -> Self {
        let groups = report.groups.iter().map(|group| GroupBeside {
            ours: group,
            profiles: Profiles { group, by, profiles },
        });
        Self {
            from: &report.from,
            to: &report.to,
            by: report.by,
            definitions: report.definitions,
            parameters: report.parameters,
            groups: groups.collect(),
        }
    }
}

impl Serialize for Profiles<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.profiles.len()))?;
        for profile in self.profiles {
            map.serialize_entry(profile.as_str(), &Figures(self, *profile))?;
        }
        map.end()
    }
}

impl Serialize for Figures<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(of, profile) = self;
        let figures = profile.figures();
        let mut map = serializer.serialize_map(Some(figures.len()))?;
        for figure in figures {
            map.serialize_entry(figure.as_str(), &figure.theirs(of.group, of.by))?;
        }
        map.end()
    }
}
