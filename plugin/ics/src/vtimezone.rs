//! A time zone that a feed defines itself (RFC 5545, section 3.6.5): offsets, and when each takes effect.

use crate::calendar::Component;
use crate::moment::{self, Written};
use crate::privacy;
use crate::recurrence::{Budget, Rule};
use crate::zone::{Definition, Shift, Zone};
use chrono::NaiveDateTime;
use std::rc::Rc;

/// The most occurrences of one definition: the changes of a thousand years.
const STEPS: u32 = 2_000;

/// How far definitions are expanded beyond the horizon, so that the change after it is known too.
const MARGIN: i64 = 400 * 86_400;

/// Reads a VTIMEZONE. None if it cannot be understood, or is empty.
pub(crate) fn read(component: &Component<'_>, horizon: i64) -> Option<Definition> {
    let budget = Budget::new(STEPS);
    let mut shifts = Vec::new();
    for part in &component.components {
        observance(part, horizon.saturating_add(MARGIN), &budget, &mut shifts)?;
    }
    shifts.sort();
    let before = shifts.first()?.from;
    Some(Definition { before, shifts })
}

/// Adds the onsets of a STANDARD or DAYLIGHT part.
fn observance(part: &Component<'_>, horizon: i64, budget: &Budget, shifts: &mut Vec<Shift>) -> Option<()> {
    // A lost line may have been any of the properties below.
    if part.torn || part.lost.iter().any(|lost| !privacy::is_of_no_use(lost.name)) {
        return None;
    }
    let value = |name: &str| part.first(name).map(|found| found.value);
    let from = offset(value("TZOFFSETFROM")?)?;
    let to = offset(value("TZOFFSETTO")?)?;
    let mut add = |local: NaiveDateTime| {
        let at = local.and_utc().timestamp() - from;
        shifts.push(Shift { at, to, from });
        at < horizon
    };
    let local = |text: &str| match moment::read(text)? {
        Written::Local(at) => Some(at),
        Written::Day(day) => day.and_hms_opt(0, 0, 0),
        Written::Utc(_) => None,
    };
    let start = local(value("DTSTART")?)?;
    add(start);
    // An UNTIL is in UTC; before the onset, the earlier offset applies.
    let fixed = Zone::Defined(Rc::new(Definition {
        before: from,
        shifts: Vec::new(),
    }));
    for property in part.all("RRULE") {
        let rule = Rule::read(property.value).ok()?;
        rule.each(start, false, &fixed, budget, |local, _| add(local))
            .ok()?;
    }
    for property in part.all("RDATE") {
        for text in property.value.split(',') {
            add(local(text)?);
        }
    }
    Some(())
}

/// `+0100`, `-053000`.
fn offset(text: &str) -> Option<i64> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if !matches!(digits.len(), 4 | 6) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number = |range| {
        digits
            .get(range)
            .map_or(Some(0), |part: &str| part.parse::<i64>().ok())
    };
    let (hours, minutes, seconds) = (number(0..2)?, number(2..4)?, number(4..6)?);
    (hours < 24 && minutes < 60 && seconds < 60).then_some(sign * (hours * 3600 + minutes * 60 + seconds))
}

#[cfg(test)]
mod tests;
