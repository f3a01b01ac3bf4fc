//! The figures of other products, as [`crate::profile`] computes them.

use super::{Definition, Section, definition, length};
use crate::profile::{DAY, Figure, Profile};

/// Of products without a third state.
const EMPTY: &str = "The product has no word for unknown: what nobody knows counts as empty, as if it were known that nobody was there. Only where \
                     nothing at all is known, the figures of use are null.";

pub(super) fn sections() -> Vec<Section> {
    Profile::ALL.into_iter().map(section).collect()
}

fn section(profile: Profile) -> Section {
    let (title, intro) = match profile {
        Profile::Vyopta => (
            "As Vyopta",
            vec![
                format!(
                    "`collector report --profile {}`. Source: “Space Insights Fields”, support.vyopta.com. Bookings count if they were still \
                     booked when they ended, with their whole length, inside and outside of open time; overlapping ones count one by one.",
                    profile.as_str()
                ),
                EMPTY.into(),
            ],
        ),
        Profile::Microsoft => (
            "As Teams Rooms Pro",
            vec![
                format!(
                    "`collector report --profile {}`. Source: “Shared spaces insights”, learn.microsoft.com. All are shares of `open_seconds` − \
                     `unread_seconds`. Microsoft takes calls and HDMI input for occupancy; here all devices count.",
                    profile.as_str()
                ),
                EMPTY.into(),
            ],
        ),
        Profile::Teams => (
            "As the Teams usage report",
            vec![format!(
                "`collector report --profile {}`. Source: “Health and usage reports”, Microsoft Teams Rooms managed services. It is about bookings \
                 alone, so nothing in it is unknown.",
                profile.as_str()
            )],
        ),
        Profile::Density => (
            "As Density",
            vec![format!(
                "`collector report --profile {}`. Source: “Dashboard Metrics and How They Are Calculated”, support.density.io. It does not say what \
                 happens while a sensor is silent; here such time is left out, or between two bounds.",
                profile.as_str()
            )],
        ),
    };
    Section {
        title,
        intro,
        kind: "Figure",
        is_code: true,
        definitions: profile
            .figures()
            .iter()
            .map(|figure| of(profile, *figure))
            .collect(),
    }
}

fn of(profile: Profile, figure: Figure) -> Definition {
    let means = format!(
        "{}: {} Nearest of ours: {}",
        figure.name(),
        means(figure),
        nearest(figure)
    );
    definition(&format!("{}-", profile.as_str()), figure.as_str(), means)
}

fn means(figure: Figure) -> String {
    match figure {
        Figure::ScheduledMeetingCount => "how many bookings there are.".into(),
        Figure::ScheduledMeetingSeconds => "the sum of their lengths, in seconds.".into(),
        Figure::AttendedMeetingCount => "those that were occupied for at least one second, by whatever device.".into(),
        Figure::AttendedMeetingSeconds => "the sum of their occupied seconds.".into(),
        Figure::ReservedOccupied => "booked and occupied.".into(),
        Figure::ReservedNotOccupied => "booked, and vacant or unknown.".into(),
        Figure::NotReservedOccupied => "occupied without a booking.".into(),
        Figure::NotReservedNotOccupied => "neither booked nor known to be occupied.".into(),
        Figure::Utilization => {
            "booked or occupied. A room that is booked all day and empty all day has 100 %.".into()
        }
        Figure::Usage => format!(
            "booked seconds, inside and outside of open time / ({} × the days of each room with open time that was read). More than 100 % is possible. Null by hour.",
            length(DAY)
        ),
        Figure::TimeUsed => "occupied seconds / all seconds, of those that are open and witnessed.".into(),
        Figure::AverageUtilization => {
            "people / seats, averaged over all open seconds at which it is known how many people there were: empty ones too. In rooms with a \
             capacity that count people."
                .into()
        }
        Figure::MinimumSurplus => {
            "the fewest rooms of a building and of about the same seats that were vacant at once, by the slots of `in_use`: `upper` if every unknown \
             room was vacant, `lower` if every one was occupied. Only for everything and by building."
                .into()
        }
    }
}

/// Which figure of ours comes nearest, and why it differs.
fn nearest(figure: Figure) -> &'static str {
    match figure {
        Figure::ScheduledMeetingCount => {
            "the column Bookings, which also has those that were removed too late for others."
        }
        Figure::ScheduledMeetingSeconds => {
            "the booked seconds of `cells`, where overlapping bookings count once, and only open time."
        }
        Figure::AttendedMeetingCount => "the verdict `attended`, which takes more than a second.",
        Figure::AttendedMeetingSeconds => {
            "`booked_occupied` of `cells`, where overlapping bookings count once, and only open time."
        }
        Figure::ReservedOccupied => "`booked_occupied` of `cells`, which is the same.",
        Figure::ReservedNotOccupied => {
            "`booked_vacant` of `cells`, which has only what is vacant for certain."
        }
        Figure::NotReservedOccupied => "`unbooked_occupied` of `cells`, which is the same.",
        Figure::NotReservedNotOccupied => {
            "`unbooked_vacant` of `cells`, which has only what is vacant for certain."
        }
        Figure::Utilization => "`used_rate`, which asks only whether somebody was there.",
        Figure::Usage => {
            "`booked_rate`, which divides by the open time of the building and is never more than 100 %."
        }
        Figure::TimeUsed => "`used_rate`, whose value is the same.",
        Figure::AverageUtilization => "`seat_fill`, which leaves out seconds without people.",
        Figure::MinimumSurplus => {
            "`spare` of `in_use`, which is what the 95th percentile leaves, not the worst slot."
        }
    }
}
