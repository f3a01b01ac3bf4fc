//! Series that nobody attends any more.

use serde_json::{Value, json};

use crate::clock::{first_second, instant_of};
use crate::hours::Hours;
use crate::meeting::Meeting;
use crate::question::Question;
use crate::world::{Booking, Room, World};

/// This many in a row that nobody attended.
const STRIKES: i64 = 3;
/// How far ahead bookings are counted.
const AHEAD: i64 = 56 * 86_400;

/// A series that nobody attends any more, in one room.
pub struct Zombie<'a> {
    /// The room.
    pub room: &'a Room,
    /// The series.
    pub series: String,
    streak: i64,
    last_attended: Option<i64>,
    seconds_ahead: i64,
}

/// The zombies of a room at the end of the period, or now if that is earlier. `meetings` are all that were judged in the room.
pub fn zombies<'a>(
    world: &World,
    question: &Question,
    room: &'a Room,
    meetings: &[Meeting],
) -> Vec<Zombie<'a>> {
    let zone = Hours::of(&world.insights, &room.building).zone;
    let as_of = first_second(&zone, question.end_day).min(world.now);
    let bookings = world.bookings_of(room);
    let mut series: Vec<&str> = bookings
        .iter()
        .filter_map(|booking| booking.series.as_deref())
        .collect();
    series.sort_unstable();
    series.dedup();

    let mut zombies = Vec::new();
    for series in series {
        let in_series = |booking: &Booking| booking.series.as_deref() == Some(series);
        let mut began: Vec<&Meeting> = meetings
            .iter()
            .filter(|meeting| in_series(meeting.booking) && meeting.booking.start < as_of)
            .collect();
        began.sort_by_key(|meeting| (meeting.booking.start, &meeting.booking.id));
        let mut streak = 0;
        for meeting in began.iter().rev() {
            match meeting.verdict.name {
                "no-show" | "released-empty" => streak += 1,
                "attended" | "brief" => break,
                _ => {}
            }
        }
        if streak < STRIKES {
            continue;
        }
        let attended = began
            .iter()
            .rev()
            .find(|meeting| meeting.verdict.name == "attended");
        let seconds_ahead = bookings
            .iter()
            .filter(|booking| in_series(booking))
            .filter(|booking| as_of <= booking.start && booking.start < as_of + AHEAD)
            .filter_map(|booking| booking.booked())
            .map(|(start, end)| (start..end).filter(|&t| room.is_read(t)).count() as i64)
            .sum();
        zombies.push(Zombie {
            room,
            series: series.to_owned(),
            streak,
            last_attended: attended.map(|meeting| meeting.booking.start),
            seconds_ahead,
        });
    }
    zombies
}

impl Zombie<'_> {
    /// As a report shows it.
    pub fn json(&self) -> Value {
        json!({
            "room": self.room.address,
            "series": self.series,
            "streak": self.streak,
            "last_attended": self.last_attended.map(instant_of),
            "seconds_ahead": self.seconds_ahead,
        })
    }
}
