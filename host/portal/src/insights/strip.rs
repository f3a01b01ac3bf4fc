//! A date of a room, drawn: bookings over what is known about its use, over the people that were counted. Whoever cannot see or click finds the
//! same in the table of bookings below it, so the drawing is hidden from screen readers.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use collector_insights::report::VerdictLine;
use collector_insights::spans::{Span, Spans};
use collector_insights::strip::Strip;
use maud::{Markup, html};

use super::words::duration;

/// Height of the drawing, and where its lanes begin and how high they are.
const HEIGHT: i64 = 46;
const BOOKINGS: (i64, i64) = (2, 16);
const USE: (i64, i64) = (20, 12);
const PEOPLE: (i64, i64) = (34, 11);

/// The anchor of a booking in the table.
pub(super) fn anchor(line: &VerdictLine) -> String {
    // Ids are long and foreign: the drawing and the row only have to agree.
    let mut hasher = DefaultHasher::new();
    (&line.start, &line.id).hash(&mut hasher);
    format!("b{:016x}", hasher.finish())
}

/// The drawing. `judged` are the bookings with verdicts, also those of other dates, and `seats` scale the people.
pub(super) fn drawn(strip: &Strip, judged: &[&VerdictLine], seats: Option<u32>) -> Markup {
    let most = strip.people.iter().map(|(_, count)| *count).max().unwrap_or(0);
    let scale = i64::from(most.max(seats.unwrap_or(1)).max(1));
    let width = strip.span.seconds();
    html! {
        svg.strip viewBox={ "0 0 " (width) " " (HEIGHT) } preserveAspectRatio="none" aria-hidden="true" focusable="false" {
            (lane(strip, &strip.open, "open", (0, HEIGHT)))
            (lane(strip, &strip.vacant, "vacant", USE))
            (lane(strip, &strip.unknown, "unknown", USE))
            (lane(strip, &strip.occupied, "occupied", USE))
            (lane(strip, &strip.unread, "unread", BOOKINGS))
            (lane(strip, &strip.blind, "blind", (USE.0 + USE.1, 2)))
            @for (span, count) in &strip.people {
                @let height = i64::from(*count) * PEOPLE.1 / scale;
                @if height > 0 { (block(strip, *span, "people", (PEOPLE.0 + PEOPLE.1 - height, height))) }
            }
            @for span in without_verdict(strip, judged) { (block(strip, span, "booking", BOOKINGS)) }
            @for line in judged {
                @if let Some(span) = span_of(line).filter(|span| span.and(strip.span).is_some()) {
                    a href={ "#" (anchor(line)) } tabindex="-1" { (block(strip, span, &format!("booking {}", line.verdict), BOOKINGS)) }
                }
            }
        }
    }
}

/// Bookings of the date that have no verdict yet.
fn without_verdict(strip: &Strip, judged: &[&VerdictLine]) -> Vec<Span> {
    let judged: Vec<Span> = judged.iter().filter_map(|line| span_of(line)).collect();
    let bookings = strip.bookings.iter().copied();
    bookings.filter(|booking| !judged.contains(booking)).collect()
}

/// From start to end of a booking.
pub(super) fn span_of(line: &VerdictLine) -> Option<Span> {
    Span::new(second(&line.start)?, second(&line.end)?)
}

/// The instant of a line, in UTC seconds.
pub(super) fn second(text: &str) -> Option<i64> {
    text.parse::<jiff::Timestamp>()
        .ok()
        .map(jiff::Timestamp::as_second)
}

fn lane(strip: &Strip, spans: &Spans, class: &str, place: (i64, i64)) -> Markup {
    html! { @for span in spans.iter() { (block(strip, span, class, place)) } }
}

fn block(strip: &Strip, span: Span, class: &str, (top, height): (i64, i64)) -> Markup {
    let inside = span.and(strip.span);
    html! {
        @if let Some(inside) = inside {
            rect class=(class) x=(inside.start() - strip.span.start()) y=(top) width=(inside.seconds()) height=(height) {}
        }
    }
}

/// The drawing in words. Of time that has not come, and where nobody could tell, nothing is added up.
pub(super) fn words(strip: &Strip) -> String {
    let inside = |spans: &Spans| spans.and(&strip.open).seconds();
    if strip.open.is_empty() {
        return "not open".to_owned();
    }
    let booked: Spans = strip.bookings.iter().copied().collect();
    let (booked, unread) = (inside(&booked), inside(&strip.unread));
    let (occupied, vacant, unknown) = (
        inside(&strip.occupied),
        inside(&strip.vacant),
        inside(&strip.unknown),
    );
    let passed = occupied + vacant + unknown;
    let mut parts = Vec::new();
    if booked > 0 {
        parts.push(format!("booked {}", duration(booked)));
    } else if passed == 0 {
        parts.push("no booking is known yet".to_owned());
    } else if unread < passed {
        parts.push("booked 0 min".to_owned());
    }
    if unread > 0 {
        parts.push(format!("calendar not read for {}", duration(unread)));
    }
    if passed == 0 {
        parts.push("use lies ahead".to_owned());
    } else if occupied + vacant == 0 {
        parts.push(format!("use unknown for {}", duration(unknown)));
    } else {
        parts.push(format!("occupied {}", duration(occupied)));
        parts.push(format!("vacant {}", duration(vacant)));
        parts.push(format!("unknown {}", duration(unknown)));
    }
    let is_open = |span: &Span| {
        strip
            .open
            .iter()
            .any(|open| span.start() < open.end() && open.start() < span.end())
    };
    let counted = strip.people.iter().filter(|(span, _)| is_open(span));
    if let Some(most) = counted.map(|(_, count)| *count).max() {
        parts.push(format!("at most {most} people"));
    }
    format!("in open hours: {}", parts.join(", "))
}

/// Whether the calendar was not read for any of the time that has passed.
pub(super) fn is_unread(strip: &Strip) -> bool {
    let passed = strip.occupied.seconds() + strip.vacant.seconds() + strip.unknown.seconds();
    strip.unread.seconds() == passed
}

/// What drawings of a page share: the hatching of what is unknown. In units of seconds it is wide, since a day is squeezed into the page.
pub(super) fn shared() -> Markup {
    html! {
        svg.shared aria-hidden="true" focusable="false" {
            defs {
                pattern #hatching width="1200" height="6" patternUnits="userSpaceOnUse" { line.hatch x1="0" y1="6" x2="1200" y2="0" {} }
            }
        }
    }
}

/// The hours above the drawings.
pub(super) fn ruler() -> Markup {
    html! {
        div.ruler aria-hidden="true" { @for hour in [0, 6, 12, 18, 24] { span { (hour) ":00" } } }
    }
}

/// What the colours mean.
pub(super) fn key() -> Markup {
    html! {
        ul.key aria-label="Key" {
            li { svg.swatch viewBox="0 0 10 10" aria-hidden="true" { rect.booking width="10" height="10" {} } "booked" }
            li { svg.swatch viewBox="0 0 10 10" aria-hidden="true" { rect.booking.no-show width="10" height="10" {} } "no-show" }
            li { svg.swatch viewBox="0 0 10 10" aria-hidden="true" { rect.occupied width="10" height="10" {} } "occupied" }
            li { svg.swatch viewBox="0 0 10 10" aria-hidden="true" { rect.vacant width="10" height="10" {} } "vacant" }
            li { span.swatch.hatched aria-hidden="true" {} "unknown: nobody could tell" }
            li { svg.swatch viewBox="0 0 10 10" aria-hidden="true" { rect.unread width="10" height="10" {} } "calendar not read" }
            li { svg.swatch viewBox="0 0 10 10" aria-hidden="true" { rect.blind y="4" width="10" height="3" {} } "device could not see" }
            li { svg.swatch viewBox="0 0 10 10" aria-hidden="true" { rect.people y="3" width="10" height="7" {} } "people" }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A date that is open from the tenth to the twentieth hour, at its end.
    fn day() -> Strip {
        let all = Spans::one(0, 86_400);
        Strip {
            date: "1970-01-01".parse().unwrap(),
            span: Span::new(0, 86_400).unwrap(),
            open: Spans::one(36_000, 72_000),
            bookings: Vec::new(),
            occupied: Spans::default(),
            vacant: Spans::default(),
            unknown: all,
            unread: Spans::default(),
            blind: Spans::default(),
            people: Vec::new(),
        }
    }

    #[test]
    fn what_nobody_could_tell_is_not_added_up() {
        assert_eq!(words(&day()), "in open hours: booked 0 min, use unknown for 10 h");
        let seen = Strip {
            vacant: Spans::one(0, 43_200),
            unknown: Spans::one(43_200, 86_400),
            ..day()
        };
        assert_eq!(
            words(&seen),
            "in open hours: booked 0 min, occupied 0 min, vacant 2 h, unknown 8 h"
        );
    }

    #[test]
    fn a_calendar_that_was_not_read_does_not_say_that_nothing_was_booked() {
        let never = Strip {
            unread: Spans::one(0, 86_400),
            ..day()
        };
        assert!(is_unread(&never));
        assert_eq!(
            words(&never),
            "in open hours: calendar not read for 10 h, use unknown for 10 h"
        );
        let half = Strip {
            unread: Spans::one(54_000, 86_400),
            ..day()
        };
        assert!(!is_unread(&half));
        assert!(words(&half).contains("booked 0 min, calendar not read for 5 h"));
    }

    #[test]
    fn of_days_to_come_only_bookings_are_told() {
        let ahead = Strip {
            unknown: Spans::default(),
            ..day()
        };
        assert_eq!(
            words(&ahead),
            "in open hours: no booking is known yet, use lies ahead"
        );
        let booked = Strip {
            bookings: vec![Span::new(36_000, 39_600).unwrap()],
            ..ahead
        };
        assert_eq!(words(&booked), "in open hours: booked 1 h, use lies ahead");
    }
}
