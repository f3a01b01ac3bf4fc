//! A date of a room, drawn: bookings over what is known about its use, over the people that were counted. Whoever cannot see or click finds the
//! same in the table of bookings below it, so the drawing is hidden from screen readers.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use collector_insights::report::VerdictLine;
use collector_insights::spans::{Span, Spans};
use collector_insights::strip::{RoomDay, Strip};
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

/// The drawing. `seats` scale the people.
pub(super) fn drawn(day: &RoomDay, seats: Option<u32>) -> Markup {
    let strip = &day.strip;
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
            @for span in bookings_elsewhere(day) { (block(strip, span, "booking", BOOKINGS)) }
            @for line in &day.verdicts {
                @if let Some(span) = span_of(line) {
                    a href={ "#" (anchor(line)) } tabindex="-1" { (block(strip, span, &format!("booking {}", line.verdict), BOOKINGS)) }
                }
            }
        }
    }
}

/// Bookings of the date that have no verdict yet.
fn bookings_elsewhere(day: &RoomDay) -> impl Iterator<Item = Span> + '_ {
    let judged: Vec<Span> = day
        .verdicts
        .iter()
        .filter_map(span_of)
        .filter_map(|span| span.and(day.strip.span))
        .collect();
    let bookings = day.strip.bookings.iter().copied();
    bookings.filter(move |booking| !judged.contains(booking))
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

/// The drawing in words, of the time that has passed.
pub(super) fn words(strip: &Strip) -> String {
    let inside = |spans: &Spans| spans.and(&strip.open).seconds();
    if strip.open.is_empty() {
        return "not open".to_owned();
    }
    let booked: Spans = strip.bookings.iter().copied().collect();
    let mut parts = vec![
        format!("booked {}", duration(inside(&booked))),
        format!("occupied {}", duration(inside(&strip.occupied))),
        format!("vacant {}", duration(inside(&strip.vacant))),
        format!("unknown {}", duration(inside(&strip.unknown))),
    ];
    if strip.unread.and(&strip.open).seconds() > 0 {
        parts.push(format!(
            "calendar not read for {}",
            duration(inside(&strip.unread))
        ));
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
            li { svg.swatch viewBox="0 0 10 10" aria-hidden="true" { rect.blind y="4" width="10" height="3" {} } "device could not see" }
            li { svg.swatch viewBox="0 0 10 10" aria-hidden="true" { rect.people y="3" width="10" height="7" {} } "people" }
        }
    }
}
