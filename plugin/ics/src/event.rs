//! A VEVENT: the parts that are used, read from its properties. Anything that cannot be understood is an error.
//!
//! A time without a zone is in the zone of the event's DTSTART; a DTSTART without one is in that of the feed. Exporters omit the TZID of
//! EXDATE, RECURRENCE-ID and others.

use crate::calendar::Component;
use crate::line::Property;
use crate::moment::{self, Moment, Written};
use crate::recurrence::{BrokenRule, Rule};
use crate::span::Length;
use crate::zone::Zone;
use crate::zones::Zones;
use chrono::NaiveTime;
use connector_sdk::Status;
use std::borrow::Cow;

/// An event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event<'a> {
    pub(crate) uid: Option<Cow<'a, str>>,
    /// The occurrence of its series that it replaces.
    pub(crate) occurrence: Option<Moment>,
    pub(crate) start: Moment,
    pub(crate) length: Length,
    pub(crate) all_day: bool,
    pub(crate) rules: Vec<Rule>,
    /// RDATE, with a length if it is a period.
    pub(crate) added: Vec<(Moment, Option<Length>)>,
    /// EXDATE.
    pub(crate) removed: Vec<Moment>,
    pub(crate) subject: Option<Cow<'a, str>>,
    pub(crate) classes: Vec<&'a str>,
    /// Whether a lost line may have held its CLASS, or another SUMMARY.
    pub(crate) may_be_private: bool,
    pub(crate) status: Status,
    /// Whether the line that tells its revision was lost.
    pub(crate) revision_lost: bool,
}

/// The revision of an event: of two events for one occurrence, the greater revision counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Revision<'a> {
    sequence: u64,
    /// LAST-MODIFIED and DTSTAMP, both in UTC, so that the greater text is the later time.
    modified: &'a str,
    stamp: &'a str,
}

/// Why an event cannot be used. The messages reveal nothing of the event's content.
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
    #[error("occurs twice with the same revision and different content")]
    Ambiguous,
    #[error("occurs more than once, and the line that tells which is the latest is lost")]
    Unordered,
    #[error("is not closed by END:VEVENT, or something in it is not closed")]
    Torn,
}

impl Revision<'_> {
    /// Whether only a time stamp tells which of the two is older.
    pub(crate) fn is_as_often_changed_as(&self, other: &Self) -> bool {
        self.sequence == other.sequence
    }
}

impl BrokenEvent {
    /// Whether the event is valid but cannot be used here, so that its room would look free without it: a zone that a setting could name, or
    /// a rule that is not supported. An event that no program could understand costs only itself.
    pub(crate) fn costs_the_room(&self) -> bool {
        match self {
            Self::UnknownZone(_) | Self::NoZone | Self::Unsupported(_) => true,
            Self::Rule(rule) => *rule != BrokenRule::Unknown,
            Self::Missing(_)
            | Self::Unreadable(_)
            | Self::Twice(_)
            | Self::Backwards
            | Self::Ambiguous
            | Self::Unordered
            | Self::Torn => false,
        }
    }
}

/// Properties whose loss moves an event to other times, or makes another event of it.
const ESSENTIAL: [&str; 10] = [
    "DTSTART",
    "DTEND",
    "DURATION",
    "RRULE",
    "RDATE",
    "EXDATE",
    "EXRULE",
    "RECURRENCE-ID",
    "STATUS",
    "UID",
];

impl<'a> Event<'a> {
    pub(crate) fn read(component: &Component<'a>, zones: &Zones<'_>) -> Result<Self, BrokenEvent> {
        let mut fields = Fields {
            component,
            zones,
            home: None,
        };
        if component.torn {
            return Err(BrokenEvent::Torn);
        }
        // An event that has one of them needs no other, even if a text mentions it.
        let ends = component.first("DTEND").is_some() || component.first("DURATION").is_some();
        let is_lost = |name: &&&str| {
            let needed = !(ends && matches!(**name, "DTEND" | "DURATION"));
            needed && component.has_lost(name)
        };
        if let Some(name) = ESSENTIAL.iter().find(is_lost) {
            return Err(BrokenEvent::Unreadable(name));
        }
        if fields.first("EXRULE").is_some() {
            return Err(BrokenEvent::Unsupported("EXRULE"));
        }
        let start = fields.single("DTSTART")?.ok_or(BrokenEvent::Missing("DTSTART"))?;
        let start = fields.start(start)?;
        fields.home = Some(&start.zone);
        let length = fields.length(&start)?;
        let mut event = Self {
            uid: uid(component),
            occurrence: fields.occurrence()?,
            all_day: start.is_day || fields.is_marked_all_day(&start, length),
            start: start.clone(),
            length,
            rules: Vec::new(),
            added: Vec::new(),
            removed: Vec::new(),
            subject: fields
                .first("SUMMARY")
                .map(Property::text)
                .filter(|subject| !subject.trim().is_empty()),
            classes: component.all("CLASS").map(|property| property.value).collect(),
            may_be_private: component.may_be_private || is_lost(&&"SUMMARY"),
            status: fields.status(),
            revision_lost: Self::is_revision_lost(component),
        };
        for rule in component.all("RRULE") {
            event.rules.push(Rule::read(rule.value)?);
        }
        for property in component.all("EXDATE") {
            for text in list(property) {
                event.removed.push(fields.value(text, property, "EXDATE")?);
            }
        }
        for property in component.all("RDATE") {
            for text in list(property) {
                event.added.push(fields.added(text, property)?);
            }
        }
        Ok(event)
    }

    /// Whether a line that tells the revision of a component was lost.
    pub(crate) fn is_revision_lost(component: &Component<'a>) -> bool {
        ["SEQUENCE", "LAST-MODIFIED", "DTSTAMP"]
            .iter()
            .any(|name| component.has_lost(name))
    }

    /// The revision of a component.
    pub(crate) fn revision(component: &Component<'a>) -> Revision<'a> {
        let text = |name| component.first(name).map_or("", |property| property.value.trim());
        Revision {
            sequence: text("SEQUENCE").parse().unwrap_or(0),
            modified: text("LAST-MODIFIED"),
            stamp: text("DTSTAMP"),
        }
    }
}

/// The UID of an event; none if it is empty.
pub(crate) fn uid<'a>(component: &Component<'a>) -> Option<Cow<'a, str>> {
    let trimmed = |uid: Cow<'a, str>| match uid {
        Cow::Borrowed(uid) => Cow::Borrowed(uid.trim()),
        Cow::Owned(uid) => Cow::Owned(uid.trim().to_owned()),
    };
    component
        .first("UID")
        .map(|property| trimmed(property.text()))
        .filter(|uid| !uid.is_empty())
}

struct Fields<'f, 'a> {
    component: &'f Component<'a>,
    zones: &'f Zones<'f>,
    /// The zone of DTSTART, once known.
    home: Option<&'f Zone>,
}

impl<'f, 'a> Fields<'f, 'a> {
    fn first(&self, name: &'static str) -> Option<&'f Property<'a>> {
        self.component.first(name)
    }

    /// A property that may occur only once.
    fn single(&self, name: &'static str) -> Result<Option<&'f Property<'a>>, BrokenEvent> {
        let mut all = self.component.all(name);
        match (all.next(), all.next()) {
            (first, None) => Ok(first),
            _ => Err(BrokenEvent::Twice(name)),
        }
    }

    fn text(&self, name: &'static str) -> Option<&'f str> {
        self.first(name).map(|property| property.value.trim())
    }

    fn moment(&self, property: &Property<'_>, name: &'static str) -> Result<Moment, BrokenEvent> {
        self.value(property.value, property, name)
    }

    /// DTSTART. A time that is declared as a DATE becomes the day that it denotes.
    fn start(&self, property: &Property<'_>) -> Result<Moment, BrokenEvent> {
        let start = self.moment(property, "DTSTART")?;
        let declared = property.parameter("VALUE");
        if start.is_day || !declared.is_some_and(|value| value.eq_ignore_ascii_case("DATE")) {
            return Ok(start);
        }
        let zone = self.default()?;
        Ok(Moment {
            local: start.day(&zone).and_time(NaiveTime::MIN),
            is_day: true,
            zone,
            floating: true,
        })
    }

    /// The zone of days and of times without a zone.
    fn default(&self) -> Result<Zone, BrokenEvent> {
        match self.home {
            Some(home) => Ok(home.clone()),
            None => self.zones.default().map_err(|unknown| match unknown {
                Some(name) => BrokenEvent::UnknownZone(short(&name)),
                None => BrokenEvent::NoZone,
            }),
        }
    }

    /// One value of a property with dates.
    fn value(&self, text: &str, property: &Property<'_>, name: &'static str) -> Result<Moment, BrokenEvent> {
        let zoned = |local, zone| Moment {
            local,
            is_day: false,
            zone,
            floating: false,
        };
        Ok(match moment::read(text).ok_or(BrokenEvent::Unreadable(name))? {
            Written::Utc(local) => zoned(local, Zone::UTC),
            // Days are in the zone of the room, whatever TZID some exporters give them.
            Written::Day(day) => Moment {
                local: day.and_time(NaiveTime::MIN),
                is_day: true,
                zone: self.default()?,
                floating: true,
            },
            Written::Local(local) => match property.parameter("TZID").filter(|id| !id.trim().is_empty()) {
                None => Moment {
                    floating: true,
                    ..zoned(local, self.default()?)
                },
                Some(id) => {
                    let zone = self.zones.find(id);
                    zoned(local, zone.ok_or_else(|| BrokenEvent::UnknownZone(short(id)))?)
                }
            },
        })
    }

    fn occurrence(&self) -> Result<Option<Moment>, BrokenEvent> {
        let Some(property) = self.single("RECURRENCE-ID")? else {
            return Ok(None);
        };
        if property.parameter("RANGE").is_some() {
            return Err(BrokenEvent::Unsupported("RECURRENCE-ID with RANGE"));
        }
        self.moment(property, "RECURRENCE-ID").map(Some)
    }

    fn length(&self, start: &Moment) -> Result<Length, BrokenEvent> {
        if let Some(property) = self.single("DTEND")? {
            let end = self.moment(property, "DTEND")?;
            let end = end
                .of_the_kind_of(start)
                .ok_or(BrokenEvent::Unreadable("DTEND"))?;
            return Length::between(start, &end).ok_or(BrokenEvent::Backwards);
        }
        if let Some(property) = self.single("DURATION")? {
            let duration = moment::duration(property.value);
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

    /// Whether Outlook's mark says that the event takes whole days: it writes some as midnight to midnight.
    fn is_marked_all_day(&self, start: &Moment, length: Length) -> bool {
        let marked = self
            .text("X-MICROSOFT-CDO-ALLDAYEVENT")
            .is_some_and(|mark| mark.eq_ignore_ascii_case("TRUE"));
        marked && start.local.time() == NaiveTime::MIN && length.is_days()
    }

    fn status(&self) -> Status {
        match self.text("STATUS") {
            // With one L, too: the American spelling.
            Some(status)
                if status.eq_ignore_ascii_case("CANCELLED") || status.eq_ignore_ascii_case("CANCELED") =>
            {
                Status::Cancelled
            }
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

/// The values of a property that may have several. Exporters without a value write an empty one.
fn list<'a>(property: &'a Property<'_>) -> impl Iterator<Item = &'a str> {
    property
        .value
        .split(',')
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

/// A text of the feed, shortened for a message.
pub(crate) fn short(text: &str) -> String {
    const LONGEST: usize = 80;
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
