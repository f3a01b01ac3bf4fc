//! Everything that is known, as one JSON document: how another implementation of the figures and this one are given the same.

use std::collections::{BTreeSet, HashMap, HashSet};

use collector_model::meeting::Status;
use collector_model::usage::{Fault, Record, line::read_json};
use serde::Deserialize;

use crate::answer::Known;
use crate::booking::Booking;
use crate::group::{By, Question};
use crate::hours::{Buildings, Settings, SettingsError};
use crate::portfolio::Portfolio;
use crate::room::Room;
use crate::spans::{Span, Spans};
use crate::witness::Witnesses;

/// Why a world or a question cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// Not JSON, or without a key that is needed.
    #[error("not a world: {0}")]
    Json(#[from] serde_json::Error),
    /// A value of `insights` is wrong.
    #[error("insights: {0}")]
    Settings(#[from] SettingsError),
    /// A record breaks a rule.
    #[error("records: {0}")]
    Record(#[from] Fault),
    /// A value that none is.
    #[error("{key} {value:?} is none")]
    Word {
        /// The key.
        key: &'static str,
        /// Its value.
        value: String,
    },
}

#[derive(Deserialize)]
struct RawWorld {
    now: i64,
    #[serde(default)]
    insights: Settings,
    rooms: Vec<RawRoom>,
    #[serde(default)]
    bookings: Vec<RawBooking>,
    #[serde(default)]
    readings: Vec<RawReading>,
    #[serde(default)]
    records: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct RawRoom {
    source: String,
    address: String,
    building: Option<String>,
    capacity: Option<u32>,
    #[serde(default)]
    spaces: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct RawBooking {
    source: String,
    room: String,
    id: String,
    series: Option<String>,
    start: i64,
    end: i64,
    #[serde(default)]
    all_day: bool,
    status: String,
    removed_at: Option<i64>,
    first_seen: Option<i64>,
    #[serde(default)]
    read_before: Vec<(i64, i64)>,
}

#[derive(Deserialize)]
struct RawReading {
    source: String,
    room: String,
    spans: Vec<(i64, i64)>,
}

#[derive(Deserialize)]
struct RawQuestion {
    from: String,
    to: String,
    by: Option<String>,
    #[serde(default)]
    buildings: BTreeSet<String>,
    #[serde(default)]
    rooms: BTreeSet<String>,
}

/// Reads a world.
///
/// # Errors
/// It is not one.
pub fn read(json: &str) -> Result<Portfolio, WorldError> {
    let raw: RawWorld = serde_json::from_str(json)?;
    let mut records = Vec::with_capacity(raw.records.len());
    for record in &raw.records {
        records.push(read_json(&record.to_string())?);
    }
    let named: HashSet<(&str, &str)> = raw
        .rooms
        .iter()
        .flat_map(|room| &room.spaces)
        .map(|(source, key)| (source.as_str(), key.as_str()))
        .collect();
    let mut bookings: HashMap<(&str, &str), Vec<Booking>> = HashMap::new();
    for booking in &raw.bookings {
        let room = (booking.source.as_str(), booking.room.as_str());
        bookings.entry(room).or_default().push(booking.booking()?);
    }
    let rooms = raw.rooms.iter().map(|room| {
        let own = (room.source.as_str(), room.address.as_str());
        let read = raw
            .readings
            .iter()
            .filter(|reading| (reading.source.as_str(), reading.room.as_str()) == own);
        let records: Vec<Record> = records
            .iter()
            .filter(|record| room.has(record, &named))
            .cloned()
            .collect();
        Known {
            room: Room {
                source: room.source.clone(),
                address: room.address.clone(),
                building: room.building.clone(),
                capacity: room.capacity,
            },
            bookings: bookings.remove(&own).unwrap_or_default(),
            read: read.flat_map(|reading| spans(&reading.spans)).collect(),
            witnesses: Witnesses::of(&records),
            records,
        }
    });
    Ok(Portfolio {
        now: raw.now,
        rooms: rooms.collect(),
        buildings: Buildings::of(&raw.insights)?,
    })
}

/// Reads a question.
///
/// # Errors
/// It is not one.
pub fn read_question(json: &str) -> Result<Question, WorldError> {
    let raw: RawQuestion = serde_json::from_str(json)?;
    let date = |key, text: &str| {
        text.parse().map_err(|_| WorldError::Word {
            key,
            value: text.to_owned(),
        })
    };
    let by = raw.by.as_deref().unwrap_or(By::All.as_str());
    Ok(Question {
        from: date("from", &raw.from)?,
        to: date("to", &raw.to)?,
        by: By::of(by).ok_or_else(|| WorldError::Word {
            key: "by",
            value: by.to_owned(),
        })?,
        buildings: raw.buildings,
        rooms: raw.rooms.iter().map(|room| room.to_lowercase()).collect(),
    })
}

fn spans(pairs: &[(i64, i64)]) -> impl Iterator<Item = Span> + '_ {
    pairs.iter().filter_map(|(start, end)| Span::new(*start, *end))
}

impl RawRoom {
    /// Whether a record belongs to the room: the room names its space, or no room does and the space is the room's address.
    fn has(&self, record: &Record, named: &HashSet<(&str, &str)>) -> bool {
        let origin = record.origin();
        let space = (origin.source.as_str(), origin.space.as_str());
        let is_named = |(source, key): &(String, String)| (source.as_str(), key.as_str()) == space;
        self.spaces.iter().any(is_named)
            || (!named.contains(&space) && origin.space.to_lowercase() == self.address.to_lowercase())
    }
}

impl RawBooking {
    fn booking(&self) -> Result<Booking, WorldError> {
        let status = match self.status.as_str() {
            "confirmed" => Status::Confirmed,
            "tentative" => Status::Tentative,
            "cancelled" => Status::Cancelled,
            other => {
                return Err(WorldError::Word {
                    key: "status",
                    value: other.to_owned(),
                });
            }
        };
        let read_before: Spans = spans(&self.read_before).collect();
        Ok(Booking {
            id: self.id.clone(),
            series: self.series.clone(),
            start: self.start,
            end: self.end,
            all_day: self.all_day,
            status,
            removed_at: self.removed_at,
            first_seen: self.first_seen,
            was_missing: read_before.contains(self.start),
        })
    }
}
