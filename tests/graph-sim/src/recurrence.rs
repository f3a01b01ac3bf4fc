//! The JSON for the repetition of a series. Source: "recurrencePattern" and "recurrenceRange", Microsoft Graph.

use chrono::{Datelike as _, Weekday};
use serde_json::{Value, json};

use crate::event::{Event, Pattern, Range};

/// The `recurrence` of a series, null for anything else.
pub(crate) fn recurrence(event: &Event) -> Value {
    let Some(recurrence) = &event.recurrence else {
        return Value::Null;
    };
    let first = event.local_start().date();
    let pattern = |kind: &str, interval: u32, day: u32, days: &[Weekday]| {
        let days: Vec<&str> = days.iter().map(|day| name(*day)).collect();
        json!({"type": kind, "interval": interval, "month": 0, "dayOfMonth": day, "daysOfWeek": days,
            "firstDayOfWeek": "monday", "index": "first"})
    };
    let pattern = match &recurrence.pattern {
        Pattern::Daily(every) => pattern("daily", *every, 0, &[]),
        Pattern::Weekly(every, days) if days.is_empty() => pattern("weekly", *every, 0, &[first.weekday()]),
        Pattern::Weekly(every, days) => pattern("weekly", *every, 0, days),
        Pattern::Monthly(every) => pattern("absoluteMonthly", *every, first.day(), &[]),
    };
    // Without an end date, Graph writes the first day of its calendar.
    let (kind, end, count) = match recurrence.range {
        Range::Endless => ("noEnd", "0001-01-01".to_owned(), 0),
        Range::Count(count) => ("numbered", "0001-01-01".to_owned(), count),
        Range::Until(last) => ("endDate", last.to_string(), 0),
    };
    json!({"pattern": pattern, "range": {"type": kind, "startDate": first.to_string(), "endDate": end,
        "recurrenceTimeZone": event.zone_label, "numberOfOccurrences": count}})
}

fn name(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "monday",
        Weekday::Tue => "tuesday",
        Weekday::Wed => "wednesday",
        Weekday::Thu => "thursday",
        Weekday::Fri => "friday",
        Weekday::Sat => "saturday",
        Weekday::Sun => "sunday",
    }
}
