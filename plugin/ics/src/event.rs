//! A VEVENT: what of it is used, read from its properties. Whatever is not understood is an error.

use crate::moment::{self, Moment, Written};
use crate::recurrence::{BrokenRule, Rule};
use crate::span::Length;
use crate::world::Status;
use crate::zone::{Zone, Zones};
use chrono::NaiveTime;
use icalendar::parser::{Component, Property};

/// An event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event<'a> {
    pub(crate) uid: Option<&'a str>,
    /// Which occurrence of its series it stands for.
    pub(crate) occurrence: Option<Moment>,
    pub(crate) start: Moment,
    pub(crate) length: Length,
    pub(crate) all_day: bool,
    pub(crate) rules: Vec<Rule>,
    /// RDATE, with a length where it is a period.
    pub(crate) added: Vec<(Moment, Option<Length>)>,
    /// EXDATE.
    pub(crate) removed: Vec<Moment>,
    pub(crate) subject: Option<&'a str>,
    pub(crate) classes: Vec<&'a str>,
    pub(crate) status: Status,
}

/// Of two events for one occurrence, the one with the greater revision counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Revision<'a> {
    sequence: u64,
    /// LAST-MODIFIED and DTSTAMP, both in UTC, so that the greater text is the later.
    modified: &'a str,
    stamp: &'a str,
}

/// Why an event cannot be used. It says nothing of the event's content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BrokenEvent {
    #[error("has no {0}")]
    Missing(&'static str),
    #[error("has a {0} that is not understood")]
    Unreadable(&'static str),
    #[error("has {0} more than once")]
    Twice(&'static str),
    #[error("is in the time zone {0:?}, which is not known and which the feed does not define")]
    UnknownZone(String),
    #[error("has a date or time without a zone, and the feed names no zone (X-WR-TIMEZONE)")]
    NoZone,
    #[error("ends before it starts")]
    Backwards,
    #[error("{0}")]
    Rule(#[from] BrokenRule),
    #[error("uses {0}, which is not supported")]
    Unsupported(&'static str),
    #[error("is there twice with the same revision and different content")]
    Ambiguous,
}

impl<'a> Event<'a> {
    pub(crate) fn read(component: &'a Component<'a>, zones: &Zones<'_>) -> Result<Self, BrokenEvent> {
        let fields = Fields { component, zones };
        if fields.first("EXRULE").is_some() {
            return Err(BrokenEvent::Unsupported("EXRULE"));
        }
        let start = fields.single("DTSTART")?.ok_or(BrokenEvent::Missing("DTSTART"))?;
        let start = fields.moment(start, "DTSTART")?;
        let length = fields.length(&start)?;
        let mut event = Self {
            uid: fields.text("UID").map(str::trim).filter(|uid| !uid.is_empty()),
            occurrence: fields.occurrence()?,
            all_day: start.is_day || fields.is_marked_all_day(&start, length),
            start,
            length,
            rules: Vec::new(),
            added: Vec::new(),
            removed: Vec::new(),
            subject: fields
                .text("SUMMARY")
                .filter(|subject| !subject.trim().is_empty()),
            classes: fields
                .all("CLASS")
                .map(|property| property.val.as_str())
                .collect(),
            status: fields.status(),
        };
        for rule in fields.all("RRULE") {
            event.rules.push(Rule::read(rule.val.as_str())?);
        }
        for property in fields.all("EXDATE") {
            for text in list(property) {
                event.removed.push(fields.value(text, property, "EXDATE")?);
            }
        }
        for property in fields.all("RDATE") {
            for text in list(property) {
                event.added.push(fields.added(text, property)?);
            }
        }
        Ok(event)
    }

    /// Which revision of the event a component is.
    pub(crate) fn revision(component: &'a Component<'a>) -> Revision<'a> {
        let text = |name: &'static str| {
            find(component, name)
                .next()
                .map_or("", |property| property.val.as_str().trim())
        };
        Revision {
            sequence: text("SEQUENCE").parse().unwrap_or(0),
            modified: text("LAST-MODIFIED"),
            stamp: text("DTSTAMP"),
        }
    }
}

struct Fields<'a, 'z> {
    component: &'a Component<'a>,
    zones: &'z Zones<'z>,
}

impl<'a> Fields<'a, '_> {
    fn all(&self, name: &'static str) -> impl Iterator<Item = &'a Property<'a>> {
        find(self.component, name)
    }

    fn first(&self, name: &'static str) -> Option<&'a Property<'a>> {
        self.all(name).next()
    }

    /// A property that there must not be two of.
    fn single(&self, name: &'static str) -> Result<Option<&'a Property<'a>>, BrokenEvent> {
        let mut all = self.all(name);
        match (all.next(), all.next()) {
            (first, None) => Ok(first),
            _ => Err(BrokenEvent::Twice(name)),
        }
    }

    fn text(&self, name: &'static str) -> Option<&'a str> {
        self.first(name).map(|property| property.val.as_str())
    }

    fn moment(&self, property: &Property<'_>, name: &'static str) -> Result<Moment, BrokenEvent> {
        self.value(property.val.as_str(), property, name)
    }

    /// One value of a property with dates.
    fn value(&self, text: &str, property: &Property<'_>, name: &'static str) -> Result<Moment, BrokenEvent> {
        let default = || self.zones.default().ok_or(BrokenEvent::NoZone);
        let (local, is_day, zone) = match moment::read(text).ok_or(BrokenEvent::Unreadable(name))? {
            Written::Utc(local) => (local, false, Zone::UTC),
            // Days take place where the room is, whatever TZID some exporters give them.
            Written::Day(day) => (day.and_time(NaiveTime::MIN), true, default()?),
            Written::Local(local) => match parameter(property, "TZID") {
                None => (local, false, default()?),
                Some(id) => {
                    let zone = self
                        .zones
                        .find(id)
                        .ok_or_else(|| BrokenEvent::UnknownZone(short(id)))?;
                    (local, false, zone)
                }
            },
        };
        Ok(Moment { local, is_day, zone })
    }

    fn occurrence(&self) -> Result<Option<Moment>, BrokenEvent> {
        let Some(property) = self.single("RECURRENCE-ID")? else {
            return Ok(None);
        };
        if parameter(property, "RANGE").is_some() {
            return Err(BrokenEvent::Unsupported("RECURRENCE-ID with RANGE"));
        }
        self.moment(property, "RECURRENCE-ID").map(Some)
    }

    fn length(&self, start: &Moment) -> Result<Length, BrokenEvent> {
        if let Some(property) = self.single("DTEND")? {
            let end = self.moment(property, "DTEND")?;
            return Length::between(start, &end).ok_or(if end.is_day == start.is_day {
                BrokenEvent::Backwards
            } else {
                BrokenEvent::Unreadable("DTEND")
            });
        }
        if let Some(property) = self.single("DURATION")? {
            let duration = moment::duration(property.val.as_str());
            return duration
                .map(Length::lasting)
                .ok_or(BrokenEvent::Unreadable("DURATION"));
        }
        Ok(if start.is_day {
            Length::DAY
        } else {
            Length::NOTHING
        })
    }

    /// Outlook writes some all-day events from midnight to midnight, with a mark.
    fn is_marked_all_day(&self, start: &Moment, length: Length) -> bool {
        let marked = self
            .text("X-MICROSOFT-CDO-ALLDAYEVENT")
            .is_some_and(|mark| mark.trim().eq_ignore_ascii_case("TRUE"));
        marked && start.local.time() == NaiveTime::MIN && length.is_days()
    }

    fn status(&self) -> Status {
        match self.text("STATUS").map(str::trim) {
            Some(status) if status.eq_ignore_ascii_case("CANCELLED") => Status::Cancelled,
            Some(status) if status.eq_ignore_ascii_case("TENTATIVE") => Status::Tentative,
            _ => Status::Confirmed,
        }
    }

    fn added(&self, text: &str, property: &Property<'_>) -> Result<(Moment, Option<Length>), BrokenEvent> {
        let Some((start, end)) = text.split_once('/') else {
            return Ok((self.value(text, property, "RDATE")?, None));
        };
        let start = self.value(start, property, "RDATE")?;
        let length = match moment::duration(end) {
            Some(duration) => Some(Length::lasting(duration)),
            None => Length::between(&start, &self.value(end, property, "RDATE")?),
        };
        Ok((start, Some(length.ok_or(BrokenEvent::Unreadable("RDATE"))?)))
    }
}

fn find<'a>(component: &'a Component<'a>, name: &'static str) -> impl Iterator<Item = &'a Property<'a>> {
    component
        .properties
        .iter()
        .filter(move |property| property.name.as_str().eq_ignore_ascii_case(name))
}

fn parameter<'a>(property: &'a Property<'_>, name: &str) -> Option<&'a str> {
    let found = property
        .params
        .iter()
        .find(|parameter| parameter.key.as_str().eq_ignore_ascii_case(name))?;
    found.val.as_ref().map(|value| value.as_str().trim_matches('"'))
}

/// The values of a property that may have several. An empty one is written by exporters that have none.
fn list<'a>(property: &'a Property<'_>) -> impl Iterator<Item = &'a str> {
    property
        .val
        .as_str()
        .split(',')
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

/// A text of the feed, fit for a message.
pub(crate) fn short(text: &str) -> String {
    const LONGEST: usize = 80;
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
