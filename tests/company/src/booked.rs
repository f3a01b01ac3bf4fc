//! The calendar of a room: two series with exceptions, and single bookings around them.

use fastrand::Rng;
use jiff::civil::Date;

use crate::calendar::{Calendar, works};
use crate::model::{Booking, Fate, Room, Series, Span, Status};
use crate::names::SUBJECTS;

/// Working hours, in minutes of the day.
const OPENS: u32 = 8 * 60;
const CLOSES: u32 = 18 * 60 + 30;
const LENGTHS: [u32; 8] = [15, 30, 30, 45, 60, 60, 90, 120];

pub(crate) fn book(dice: &mut Rng, calendar: &Calendar, number: usize, room: &mut Room) {
    let morning = 9 * 60 + 15 * dice.u32(..3);
    let noon = 13 * 60 + 30 * dice.u32(..3);
    let often: &[u8] = if number.is_multiple_of(3) {
        &[1, 2, 3, 4, 5]
    } else {
        &[1, 3, 4]
    };
    repeat(dice, calendar, room, morning, 45, often);
    repeat(dice, calendar, room, noon, 60, &[2, 5]);
    if let (0, Some(series)) = (number % 4, room.series.last_mut()) {
        series.ghost_from = Some(room.period.start + room.period.seconds() / 3);
    }
    for day in calendar.days.iter().filter(|day| works(**day)) {
        around(dice, calendar, room, *day);
    }
    let blocked = calendar.days.get(dice.usize(..calendar.days.len().max(1)));
    if let Some(day) = blocked {
        let mut block = single("Inventory", calendar.day(*day));
        (block.all_day, block.fate) = (true, Fate::NotExpected);
        room.bookings.push(block);
    }
    room.bookings.sort_by_key(|booking| booking.span);
    for (n, booking) in room.bookings.iter_mut().enumerate() {
        booking.id = format!("room-{}-booking-{n}", number + 1);
    }
    for (n, series) in room.series.iter_mut().enumerate() {
        series.id = format!("room-{}-series-{n}", number + 1);
    }
}

fn clock(minute: u32) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

fn single(subject: &'static str, span: Span) -> Booking {
    Booking {
        id: String::new(),
        series: None,
        slot: None,
        subject,
        span,
        all_day: false,
        private: false,
        status: Status::Confirmed,
        fate: Fate::NoShow,
    }
}

fn subject(dice: &mut Rng) -> &'static str {
    dice.choice(SUBJECTS).unwrap_or_default()
}

/// Adds a series. Its third slot is moved, its fifth cancelled, its seventh deleted, and some others by the dice.
fn repeat(dice: &mut Rng, calendar: &Calendar, room: &mut Room, minute: u32, minutes: u32, weekdays: &[u8]) {
    let subject = subject(dice);
    let private = dice.u8(..5) == 0;
    let mut deleted = Vec::new();
    let days = calendar.days.iter().copied();
    let slots = days.filter(|day| {
        let weekday = u8::try_from(day.weekday().to_monday_one_offset()).unwrap_or_default();
        weekdays.contains(&weekday)
    });
    let slots: Vec<Date> = slots.collect();
    for (n, day) in slots.iter().copied().enumerate() {
        let (mut from, mut status) = (minute, Status::Confirmed);
        match (n, dice.u8(..30)) {
            (6, _) | (7.., 0) => {
                deleted.push(day.to_string());
                continue;
            }
            (4, _) | (7.., 1) => status = Status::Cancelled,
            (2, _) | (7.., 2) => from += 90,
            _ => {}
        }
        let span = Span::new(calendar.at(day, from), calendar.at(day, from + minutes));
        let mut occurrence = single(subject, span);
        (occurrence.series, occurrence.slot) = (Some(room.series.len()), Some(day.to_string()));
        (occurrence.private, occurrence.status) = (private, status);
        if status == Status::Cancelled {
            occurrence.fate = Fate::NotExpected;
        }
        room.bookings.push(occurrence);
    }
    let date = |day: Option<&Date>| day.map_or_else(String::new, Date::to_string);
    room.series.push(Series {
        id: String::new(),
        subject,
        private,
        first: date(slots.first().or(calendar.days.first())),
        last: date(calendar.days.last()),
        begins: clock(minute),
        ends: clock(minute + minutes),
        weekdays: weekdays.to_vec(),
        deleted,
        ghost_from: None,
    });
}

/// Adds the single bookings of a day, between its occurrences of series; now and then over one of them.
fn around(dice: &mut Rng, calendar: &Calendar, room: &mut Room, day: Date) {
    let today = calendar.day(day);
    let taken: Vec<Span> = room
        .bookings
        .iter()
        .map(|booking| booking.span)
        .filter(|span| today.contains(span.start))
        .collect();
    let mut minute = OPENS;
    loop {
        // Two of five follow at once on the one before.
        if dice.u8(..5) > 1 {
            minute += 15 * dice.u32(1..11);
        }
        // One of thirty begins before the end of the one before.
        let from = if dice.u8(..30) == 0 { minute - 15 } else { minute };
        let to = from + dice.choice(LENGTHS).unwrap_or(30);
        if to > CLOSES {
            return;
        }
        let span = Span::new(calendar.at(day, from), calendar.at(day, to));
        minute = to;
        if taken.iter().any(|other| other.overlap(span).is_some()) && dice.u8(..10) > 0 {
            continue;
        }
        let mut booking = single(subject(dice), span);
        match dice.u8(..16) {
            0 => booking.status = Status::Tentative,
            1 => (booking.status, booking.fate) = (Status::Cancelled, Fate::NotExpected),
            2 | 3 => booking.private = true,
            _ => {}
        }
        room.bookings.push(booking);
    }
}
