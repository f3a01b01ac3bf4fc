//! What the devices of a room tell about those who are in it: each form of record that there is, with coverage where a source has it.

use collector_model::usage::{CoverageRecord, Form, Kind, Origin, Record, State, UsageRecord, Value};

use crate::calendar::{Calendar, Session};
use crate::days::Day;
use crate::portfolio::{Device, Place};
use crate::size::{DAY, HOUR, NOW, Size};
use crate::words::{self, THE_DEVICES, happens};

/// Seconds between samples.
const RESOLUTION: i64 = 900;
/// Hours of the day in which buckets and samples are told, local time.
const WORKING: std::ops::Range<i64> = 8..18;
/// Kinds that coverage names.
const PRESENCE: &[Kind] = &[Kind::Presence];
const PEOPLE: &[Kind] = &[Kind::PeopleCount];
const BOTH: &[Kind] = &[Kind::Presence, Kind::PeopleCount];

/// Something that was told. Instants are UTC seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told {
    /// When it arrived.
    pub(crate) at: i64,
    what: What,
}

#[derive(Debug, Clone, Copy)]
enum What {
    Usage {
        kind: Kind,
        form: Form,
        start: i64,
        end: Option<i64>,
        /// 1: true; people; or the seconds of a bucket.
        value: u32,
    },
    Coverage {
        kinds: &'static [Kind],
        start: i64,
        end: i64,
        state: State,
    },
}

/// Everything that is told about a room until a day after [`NOW`], in order of arrival.
pub(crate) fn told(size: &Size, place: &Place, calendar: &Calendar, days: &[Day]) -> Vec<Told> {
    let mut telling = Telling {
        random: size.random(place.number, THE_DEVICES),
        told: Vec::new(),
    };
    let known = days
        .iter()
        .filter(|day| size.begin() <= day.zero + DAY && day.zero < NOW + DAY);
    match place.device {
        Device::None => return Vec::new(),
        Device::Calls => telling.calls(&calendar.sessions),
        Device::Intervals => {
            telling.intervals(&calendar.sessions);
            telling.coverage(known, BOTH);
        }
        Device::Changes => {
            telling.changes(&calendar.sessions);
            telling.coverage(known, PRESENCE);
        }
        Device::Counts => {
            telling.counts(&calendar.sessions);
            telling.coverage(known, PEOPLE);
        }
        Device::Buckets => {
            telling.calls(&calendar.sessions);
            telling.buckets(&calendar.sessions, known.clone());
            telling.coverage(known, PRESENCE);
        }
        Device::Samples => telling.samples(&calendar.sessions, known),
    }
    let mut told = telling.told;
    told.retain(|told| size.begin() < told.at && told.at <= NOW + DAY);
    told.sort_by_key(|told| told.at);
    told
}

struct Telling {
    random: fastrand::Rng,
    told: Vec<Told>,
}

impl Telling {
    fn usage(&mut self, kind: Kind, form: Form, (start, end): (i64, Option<i64>), value: u32) {
        let at = end.unwrap_or(start) + 60;
        self.told.push(Told {
            at,
            what: What::Usage {
                kind,
                form,
                start,
                end,
                value,
            },
        });
    }

    fn calls(&mut self, sessions: &[Session]) {
        for session in sessions {
            if happens(&mut self.random, 450) {
                let span = (session.start + 30, Some(session.end));
                self.usage(Kind::Call, Form::Interval, span, 1);
                if happens(&mut self.random, 150) {
                    self.usage(Kind::Presentation, Form::Interval, span, 1);
                }
            }
        }
    }

    fn intervals(&mut self, sessions: &[Session]) {
        for session in sessions {
            let span = (session.start, Some(session.end));
            self.usage(Kind::Presence, Form::Interval, span, 1);
            self.usage(Kind::PeopleCount, Form::Interval, span, session.people);
        }
    }

    fn changes(&mut self, sessions: &[Session]) {
        for session in sessions {
            self.usage(Kind::Presence, Form::Change, (session.start, None), 1);
            self.usage(Kind::Presence, Form::Change, (session.end, None), 0);
        }
    }

    fn counts(&mut self, sessions: &[Session]) {
        for session in sessions {
            let count = |at: i64| (at, None);
            self.usage(Kind::PeopleCount, Form::Change, count(session.start), 1);
            let all_there = count((session.start + session.end) / 2);
            self.usage(Kind::PeopleCount, Form::Change, all_there, session.people);
            self.usage(Kind::PeopleCount, Form::Change, count(session.end), 0);
        }
    }

    fn buckets<'a>(&mut self, sessions: &[Session], days: impl Iterator<Item = &'a Day>) {
        for day in days.filter(|day| day.is_of_work()) {
            for hour in WORKING {
                let start = day.zero + hour * HOUR;
                let overlapping =
                    sessions_from(sessions, start).take_while(|session| session.start < start + HOUR);
                let used: i64 = overlapping
                    .map(|session| session.end.min(start + HOUR) - session.start.max(start))
                    .sum();
                let used = u32::try_from(used).unwrap_or_default();
                self.usage(Kind::Presence, Form::Bucket, (start, Some(start + HOUR)), used);
            }
        }
    }

    fn samples<'a>(&mut self, sessions: &[Session], days: impl Iterator<Item = &'a Day>) {
        for day in days.filter(|day| day.is_of_work()) {
            let (mut at, end) = (day.zero + WORKING.start * HOUR, day.zero + WORKING.end * HOUR);
            while at < end {
                let there = sessions_from(sessions, at).next();
                let people = there
                    .filter(|session| session.start <= at)
                    .map_or(0, |session| session.people);
                self.usage(Kind::PeopleCount, Form::Sample, (at, None), people);
                at += RESOLUTION;
            }
        }
    }

    /// Half days in which the source could tell; on a few days it could not for hours.
    fn coverage<'a>(&mut self, days: impl Iterator<Item = &'a Day>, kinds: &'static [Kind]) {
        for day in days {
            for start in [day.zero, day.zero + DAY / 2] {
                self.covered(kinds, (start, start + DAY / 2), State::Observed);
            }
            if happens(&mut self.random, 12) {
                let start = day.zero + self.random.i64(0..16) * HOUR;
                let end = start + self.random.i64(1..8) * HOUR;
                self.covered(kinds, (start, end), State::Blind);
            }
        }
    }

    fn covered(&mut self, kinds: &'static [Kind], (start, end): (i64, i64), state: State) {
        self.told.push(Told {
            at: end + 60,
            what: What::Coverage {
                kinds,
                start,
                end,
                state,
            },
        });
    }
}

/// The sessions that end after an instant, in order.
fn sessions_from(sessions: &[Session], at: i64) -> impl Iterator<Item = &Session> {
    let first = sessions.partition_point(|session| session.end <= at);
    sessions.iter().skip(first)
}

impl Told {
    /// The record, as its connector emits it; none for a room without a device.
    pub(crate) fn record(&self, size: &Size, place: &Place) -> Option<Record> {
        let space = place.space.as_ref()?;
        let origin = |name: &str, start: i64| Origin {
            source: space.source.clone(),
            space: space.key.clone(),
            device: (space.source == "sensors").then(|| "ceiling".to_owned()),
            key: match space.source.as_str() {
                // The time stands before the space: see the connector.
                "webex" => format!("{name} {} {} -", written(start), space.key),
                "teams" => format!("{name}/{}", call(size, place, start)),
                _ => format!("{}/{name}/{start}", space.key),
            },
            revision: if space.source == "webex" {
                u64::try_from(self.at).unwrap_or_default()
            } else {
                1
            },
            withdrawn: false,
        };
        Some(match self.what {
            What::Usage {
                kind,
                form,
                start,
                end,
                value,
            } => Record::Usage(UsageRecord {
                origin: origin(kind.as_str(), start),
                kind,
                form,
                start,
                end,
                value: match kind == Kind::PeopleCount || form == Form::Bucket {
                    true => Value::Number(value),
                    false => Value::Is(value != 0),
                },
                resolution: (form == Form::Sample).then_some(u32::try_from(RESOLUTION).unwrap_or_default()),
            }),
            What::Coverage {
                kinds,
                start,
                end,
                state,
            } => Record::Coverage(CoverageRecord {
                origin: origin(state.as_str(), start),
                kinds: kinds.to_vec(),
                start,
                end,
                state,
                reason: (state == State::Blind).then(|| "offline".to_owned()),
            }),
        })
    }
}

/// The id of a call.
fn call(size: &Size, place: &Place, start: i64) -> String {
    let start = u64::try_from(start).unwrap_or_default();
    words::letters(&mut size.random(place.number, start), 36)
}

fn written(at: i64) -> String {
    jiff::Timestamp::from_second(at).map_or_else(|_| at.to_string(), |at| at.to_string())
}
