//! Any three rooms over the days in which clocks change, for properties.

use collector_model::meeting::Status;
use collector_model::usage::Record;
use jiff::civil::Date;
use proptest::prelude::*;

use super::super::*;
use crate::booking::Booking;
use crate::fixture::records;
use crate::hours::{Keys, Settings};
use crate::room::Room;
use crate::spans::Span;
use crate::witness::Witnesses;

pub(super) const DAY: i64 = 86_400;
/// Zones with the midnight in UTC before a change of their clocks.
const PLACES: [(&str, &str); 5] = [
    ("UTC", "2026-03-10"),
    ("Europe/Berlin", "2026-03-28"),
    ("America/Chicago", "2026-10-31"),
    ("Australia/Lord_Howe", "2026-04-04"),
    ("Pacific/Apia", "2011-12-29"),
];

pub(super) fn midnight(date: Date) -> i64 {
    let midnight: jiff::Timestamp = format!("{date}T00:00:00Z").parse().unwrap();
    midnight.as_second()
}

fn shifted(record: &Record, by: i64) -> Record {
    let mut record = record.clone();
    match &mut record {
        Record::Usage(usage) => {
            usage.start += by;
            usage.end = usage.end.map(|end| end + by);
        }
        Record::Coverage(coverage) => {
            coverage.start += by;
            coverage.end += by;
        }
    }
    record
}

fn booking(from: i64) -> impl Strategy<Value = Booking> {
    let status = prop::sample::select(vec![
        Status::Confirmed,
        Status::Confirmed,
        Status::Tentative,
        Status::Cancelled,
    ]);
    let times = (
        0i64..240,
        prop_oneof![0i64..10, 30i64..50],
        prop::option::weighted(0.3, -8i64..20),
    );
    (times, status, 0u8..3, prop::option::of(-40i64..40), any::<u32>()).prop_map(
        move |((start, length, removed), status, series, seen, id)| {
            let start = from + start * 900;
            Booking {
                id: format!("{id:08x}"),
                series: (series > 0).then(|| series.to_string()),
                start,
                end: start + length * 900,
                all_day: length == 48,
                status,
                removed_at: removed.map(|steps| start + steps * 900),
                first_seen: seen.map(|steps| start + steps * 900),
                was_missing: series == 2,
            }
        },
    )
}

fn known(from: i64, name: &'static str) -> impl Strategy<Value = Known> {
    let read = prop::collection::vec((-20i64..240, 1i64..200), 1..4);
    let records = records(3 * DAY, 450, 40);
    (
        prop::collection::vec(booking(from), 0..14),
        read,
        records,
        prop::option::of(0u32..20),
        any::<bool>(),
    )
        .prop_map(move |(mut bookings, read, records, capacity, has_building)| {
            bookings.sort_by(|one, other| one.id.cmp(&other.id));
            bookings.dedup_by(|one, other| one.id == other.id);
            let span =
                |(start, length): &(i64, i64)| Span::new(from + start * 900, from + (start + length) * 900);
            let records: Vec<Record> = records.iter().map(|record| shifted(record, from)).collect();
            Known {
                room: Room {
                    source: "contoso".into(),
                    address: name.into(),
                    building: has_building.then(|| "HQ".into()),
                    capacity: capacity.map(|seats| seats / 5 * 5),
                },
                bookings,
                read: read.iter().filter_map(span).collect(),
                witnesses: Witnesses::of(&records),
                records,
            }
        })
}

/// Any three rooms over three days in which clocks may change, and their first date.
pub(super) fn portfolio() -> impl Strategy<Value = (Portfolio, Date)> {
    let place = prop::sample::select(PLACES.to_vec());
    (place, 0i64..300, 0u8..24).prop_flat_map(|((zone, date), now, opens)| {
        let date: Date = date.parse().unwrap();
        let from = midnight(date);
        let keys = Keys {
            time_zone: Some(zone.into()),
            days: Some(vec!["sat".into(), "sun".into(), "tue".into(), "fri".into()]),
            hours: Some(vec![format!("{opens:02}:10"), "24:00".into()]),
            holidays: None,
        };
        let buildings = Buildings::of(&Settings {
            keys,
            building: Vec::new(),
        })
        .unwrap();
        (
            known(from, "a@x.com"),
            known(from, "b@x.com"),
            known(from, "c@x.com"),
        )
            .prop_map(move |(a, b, c)| {
                let portfolio = Portfolio {
                    now: from + now * 900 + 7,
                    buildings: buildings.clone(),
                    rooms: vec![a, b, c],
                };
                (portfolio, date)
            })
    })
}
