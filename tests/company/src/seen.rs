//! What the devices of a room saw: the truth, but for the times in which they were blind.

use fastrand::Rng;

use crate::calendar::{Calendar, works};
use crate::model::{Blind, Counting, Device, Reason, Room, Seen, Span};

/// When devices that sleep are awake on working days, in minutes of the day.
const AWAKE: (u32, u32) = (6 * 60 + 30, 20 * 60);

pub(crate) fn devices(dice: &mut Rng, calendar: &Calendar, number: usize, room: &Room) -> Vec<Device> {
    let count = match number % 6 {
        3 => 0,
        1 => 2,
        _ => 1,
    };
    let counting = if number % 6 == 5 {
        Counting::InCalls
    } else {
        Counting::Always
    };
    let device = |n: usize| {
        let blind = blind(dice, calendar, number.is_multiple_of(2), room.period);
        Device {
            id: format!("room-{}-device-{n}", number + 1),
            counting,
            clock_ahead: if number == 2 { 3600 } else { 0 },
            seen: seen(room, counting, &blind),
            blind,
        }
    };
    (0..count).map(device).collect()
}

fn blind(dice: &mut Rng, calendar: &Calendar, sleeps: bool, period: Span) -> Vec<Blind> {
    let mut offline: Vec<Span> = Vec::new();
    for _ in 0..1 + dice.usize(..2) {
        let Some(day) = dice.choice(&calendar.days) else {
            break;
        };
        let start = calendar.at(*day, 8 * 60 + dice.u32(..8 * 60));
        offline.push(Span::new(start, start + dice.i64(1800..14_400)));
    }
    offline.sort();
    // Two outages at once are one.
    offline.dedup_by(|later, before| {
        let touches = later.start <= before.end;
        if touches {
            before.end = before.end.max(later.end);
        }
        touches
    });
    let offline: Vec<Span> = offline
        .into_iter()
        .filter_map(|span| span.overlap(period))
        .collect();
    let days = calendar.days.iter();
    let awake = days.filter(|day| works(**day));
    let awake: Vec<Span> = awake
        .map(|day| Span::new(calendar.at(*day, AWAKE.0), calendar.at(*day, AWAKE.1)))
        .collect();
    let asleep = if sleeps {
        without(&[period], &awake)
    } else {
        Vec::new()
    };
    let reason = |reason| move |span| Blind { span, reason };
    let asleep = without(&asleep, &offline)
        .into_iter()
        .map(reason(Reason::Standby));
    let mut all: Vec<Blind> = offline
        .into_iter()
        .map(reason(Reason::Offline))
        .chain(asleep)
        .collect();
    all.sort_by_key(|blind| blind.span);
    all
}

fn seen(room: &Room, counting: Counting, blind: &[Blind]) -> Vec<Seen> {
    let blind: Vec<Span> = blind.iter().map(|blind| blind.span).collect();
    let watched = match counting {
        Counting::Always => vec![room.period],
        Counting::InCalls => room.calls.iter().flat_map(|call| call.in_room.clone()).collect(),
    };
    let occupied: Vec<Span> = room.occupied.iter().map(|occupied| occupied.span).collect();
    let nobody = without(&[room.period], &occupied)
        .into_iter()
        .map(|span| Seen { span, people: 0 });
    let somebody = room.occupied.iter().map(|occupied| Seen {
        span: occupied.span,
        people: occupied.people,
    });
    let truth: Vec<Seen> = nobody.chain(somebody).collect();
    let watched = without(&watched, &blind);
    let mut all: Vec<Seen> = watched
        .iter()
        .flat_map(|span| {
            truth.iter().filter_map(|seen| {
                let span = seen.span.overlap(*span)?;
                Some(Seen { span, ..*seen })
            })
        })
        .collect();
    all.sort_by_key(|seen| seen.span);
    all
}

/// The seconds of `spans` that are in none of `holes`; both sorted, without overlaps.
fn without(spans: &[Span], holes: &[Span]) -> Vec<Span> {
    let mut found = Vec::new();
    for span in spans {
        let mut start = span.start;
        for hole in holes.iter().filter_map(|hole| hole.overlap(*span)) {
            found.push(Span::new(start, hole.start));
            start = hole.end;
        }
        found.push(Span::new(start, span.end));
    }
    found.retain(|span| span.seconds() > 0);
    found
}
