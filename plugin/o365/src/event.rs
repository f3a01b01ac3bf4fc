//! Normalisation: turns an event of `calendarView` into a meeting.
//!
//! Pages are read without copying: texts borrow from the answer where JSON allows it.

use crate::instant::{self, Local};
use crate::privacy::Withhold;
use crate::zone;
use connector_sdk::{Meeting, Status, Subject, Window};
use jiff::tz::TimeZone;
use serde::Deserialize;
use std::borrow::Cow;

/// The only requested properties: nothing about people, places or content.
pub(crate) const SELECT: &str = "id,subject,start,end,isAllDay,isCancelled,sensitivity,showAs,type,seriesMasterId,\
    originalStartTimeZone,originalEndTimeZone";

/// A page of events.
#[derive(Deserialize)]
pub(crate) struct Page<'a> {
    #[serde(borrow)]
    pub(crate) value: Vec<Event<'a>>,
    #[serde(borrow, rename = "@odata.nextLink")]
    pub(crate) next: Option<Text<'a>>,
}

/// A text that borrows if possible. Serde borrows a bare `Cow`, but not one inside an `Option`.
#[derive(Deserialize)]
pub(crate) struct Text<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

/// An event. Every property may be missing or null.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Event<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    subject: Option<Text<'a>>,
    #[serde(borrow)]
    start: Option<Stamp<'a>>,
    #[serde(borrow)]
    end: Option<Stamp<'a>>,
    is_all_day: Option<bool>,
    is_cancelled: Option<bool>,
    #[serde(borrow)]
    sensitivity: Option<Text<'a>>,
    #[serde(borrow)]
    show_as: Option<Text<'a>>,
    #[serde(borrow, rename = "type")]
    kind: Option<Text<'a>>,
    #[serde(borrow)]
    series_master_id: Option<Text<'a>>,
    #[serde(borrow)]
    original_start_time_zone: Option<Text<'a>>,
    #[serde(borrow)]
    original_end_time_zone: Option<Text<'a>>,
}

/// Graph's `dateTimeTimeZone`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stamp<'a> {
    #[serde(borrow)]
    date_time: Option<Text<'a>>,
    #[serde(borrow)]
    time_zone: Option<Text<'a>>,
}

/// The result of reading an event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Reading<'a> {
    /// A meeting that overlaps the window. `floating` tells that its own zone could not be resolved, so its days are days in UTC.
    Meeting { meeting: Meeting<'a>, floating: bool },
    /// Nothing to collect: outside the window, without a real date, or the master of a series.
    Nothing,
}

/// Why an event could not be read. The messages reveal nothing of the event's content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BrokenEvent {
    #[error("has an event without an id")]
    NoId,
    #[error("has an event whose {0} is missing")]
    NoTime(&'static str),
    #[error("has an event whose {0} is not a date and time")]
    BadTime(&'static str),
    #[error("has an event in the time zone {0:?}, which is not known")]
    UnknownZone(String),
    #[error("has an event that ends before it starts")]
    Backwards,
}

impl Event<'_> {
    /// Reads an event of this room. Events outside the window are skipped: the query is wider than the window, because Graph filters all-day
    /// events in a zone other than theirs.
    pub(crate) fn read<'b>(
        &'b self,
        room: &'b str,
        window: Window,
        withhold: Withhold,
    ) -> Result<Reading<'b>, BrokenEvent> {
        let id = text(&self.id)
            .filter(|id| !id.is_empty())
            .ok_or(BrokenEvent::NoId)?;
        if text(&self.kind).is_some_and(|kind| kind.eq_ignore_ascii_case("seriesMaster")) {
            return Ok(Reading::Nothing);
        }
        let (start, start_zone) = stamp(self.start.as_ref(), "start")?;
        let (end, end_zone) = stamp(self.end.as_ref(), "end")?;
        if start.is_sentinel() || end.is_sentinel() {
            return Ok(Reading::Nothing);
        }
        let all_day = self.is_all_day == Some(true);
        let mut floating = false;
        // An all-day event comes as midnight to midnight in any requested zone, without conversion: it is a pair of dates, and its instants
        // are those of its own zone.
        let (start, end) = if all_day && start.is_midnight() && end.is_midnight() {
            let zone = self.own_zone();
            floating = zone.is_none();
            let zone = zone.unwrap_or(TimeZone::UTC);
            let day = |local: Local, which| zone::instant(local, &zone).ok_or(BrokenEvent::BadTime(which));
            (day(start, "start")?, day(end, "end")?)
        } else {
            (timed(start, start_zone, "start")?, timed(end, end_zone, "end")?)
        };
        if end < start {
            return Err(BrokenEvent::Backwards);
        }
        if !window.overlaps(start, end) {
            return Ok(Reading::Nothing);
        }
        let meeting = Meeting {
            id: id.into(),
            room: room.into(),
            series: text(&self.series_master_id)
                .filter(|id| !id.is_empty())
                .map(Cow::Borrowed),
            subject: self.shown_subject(withhold),
            start,
            end,
            all_day,
            status: self.status(),
        };
        Ok(Reading::Meeting { meeting, floating })
    }

    /// The zone in which an all-day event was created.
    fn own_zone(&self) -> Option<TimeZone> {
        let original = [&self.original_start_time_zone, &self.original_end_time_zone];
        original.into_iter().filter_map(text).find_map(zone::find)
    }

    /// The subject, if it may be shown. A withheld one does not even show whether there is any.
    fn shown_subject(&self, withhold: Withhold) -> Subject<'_> {
        if withhold.covers(text(&self.sensitivity)) {
            return Subject::Withheld;
        }
        match text(&self.subject) {
            Some(subject) if !subject.trim().is_empty() => Subject::Text(subject.into()),
            _ => Subject::None,
        }
    }

    /// The status, from the flags alone: a subject that begins with "Canceled:" means nothing (it is translated, and stays when a meeting is
    /// restored).
    fn status(&self) -> Status {
        if self.is_cancelled == Some(true) {
            Status::Cancelled
        } else if text(&self.show_as).is_some_and(|shown| shown.eq_ignore_ascii_case("tentative")) {
            Status::Tentative
        } else {
            Status::Confirmed
        }
    }
}

fn text<'b>(text: &'b Option<Text<'_>>) -> Option<&'b str> {
    text.as_ref().map(|text| text.0.as_ref())
}

fn stamp<'b>(stamp: Option<&'b Stamp<'_>>, which: &'static str) -> Result<(Local, &'b str), BrokenEvent> {
    let stamp = stamp.ok_or(BrokenEvent::NoTime(which))?;
    let time = text(&stamp.date_time).ok_or(BrokenEvent::NoTime(which))?;
    let local = instant::parse(time).ok_or(BrokenEvent::BadTime(which))?;
    // UTC was requested, and is Graph's default.
    Ok((local, text(&stamp.time_zone).unwrap_or("UTC")))
}

/// The instant of a date and time in the zone of this name. An unknown zone is an error, because a wrong time is worse than none.
fn timed(local: Local, zone: &str, which: &'static str) -> Result<i64, BrokenEvent> {
    if let Some(offset) = local.offset {
        return Ok(local.seconds - i64::from(offset));
    }
    if zone == "UTC" {
        return Ok(local.seconds);
    }
    let zone = zone::find(zone).ok_or_else(|| BrokenEvent::UnknownZone(graph::line(zone)))?;
    zone::instant(local, &zone).ok_or(BrokenEvent::BadTime(which))
}

#[cfg(test)]
mod tests;
