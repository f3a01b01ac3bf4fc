//! Rooms with bookings and devices of which figures are really computed, in memory.

use std::collections::BTreeSet;

use collector_insights::portfolio::Portfolio;
use collector_insights::strip::days_of;
use collector_insights::world;
use jiff::civil::Date;
use serde_json::json;

use crate::api::*;
use crate::pages::elements::tests::HOSTILE;

/// 2026-03-09 00:00 UTC, a Monday.
const MONDAY: i64 = 1_773_014_400;
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// What is known of all rooms, and what they are called.
pub(crate) struct Workplace {
    known: Portfolio,
    names: Vec<(&'static str, String)>,
    list: &'static str,
}

impl Workplace {
    /// Three rooms in the week of 9 March 2026: one whose people are counted, with a meeting, a no-show and nobody at all on other days; one of a
    /// hostile name, in no building and without a device; one whose calendar was never read.
    pub(crate) fn new() -> Self {
        Self::saying("HQ", HOSTILE)
    }

    /// The same, with this building, and this text in all other places that are foreign.
    pub(crate) fn saying(building: &str, text: &str) -> Self {
        let booking = |room: &str, id: &str, start: i64| json!({"source": "contoso", "room": room, "id": id, "start": start, "end": start + HOUR, "status": "confirmed", "series": null});
        let people = |key: &str, start: i64, end: i64, count: u32| {
            json!({"type": "usage", "source": "sensors", "space": "s1", "device": text, "key": key, "revision": 1, "withdrawn": false, "kind": "people-count",
                "form": "interval", "start": rfc3339(start), "end": rfc3339(end), "value": count})
        };
        let nine = MONDAY + 9 * HOUR;
        let evening = MONDAY + 18 * HOUR;
        let known = json!({
            "now": MONDAY + 14 * DAY,
            "rooms": [
                {"source": "contoso", "address": "a@contoso.com", "building": building, "capacity": 8, "spaces": [["sensors", "s1"]]},
                {"source": "contoso", "address": "b@contoso.com", "capacity": null},
                {"source": "contoso", "address": "c@contoso.com", "building": building, "capacity": 4},
            ],
            "bookings": [
                booking("a@contoso.com", "met", nine), booking("a@contoso.com", "missed", nine + 2 * HOUR),
                booking("b@contoso.com", text, nine),
            ],
            "readings": [
                {"source": "contoso", "room": "a@contoso.com", "spans": [[MONDAY - DAY, MONDAY + 7 * DAY]]},
                {"source": "contoso", "room": "b@contoso.com", "spans": [[MONDAY - DAY, MONDAY + 7 * DAY]]},
            ],
            "records": [
                people("before", MONDAY, nine, 0), people("met", nine, nine + HOUR, 5), people("after", nine + HOUR, evening, 0),
            ],
        });
        Self {
            known: world::read(&known.to_string()).unwrap(),
            names: vec![
                ("a@contoso.com", "Conf A".into()),
                ("b@contoso.com", text.to_owned()),
            ],
            list: "hq-rooms@contoso.com",
        }
    }

    pub(crate) fn select(&self, filter: &RoomFilter, asked: &[AskedReport]) -> Selection {
        let rooms = self.known.rooms.iter().map(|known| &known.room);
        let left: Vec<_> = rooms
            .clone()
            .filter(|room| filter.leaves(room, &[self.list.to_owned()], &["video".to_owned()]))
            .collect();
        let reports = asked.iter().filter(|_| !left.is_empty()).map(|asked| {
            let addresses = left.iter().map(|room| room.address.clone());
            self.known.report(&filter.question(asked, addresses))
        });
        Selection {
            reports: reports.collect(),
            rooms: left
                .iter()
                .map(|room| SelectedRoom {
                    source: room.source.clone(),
                    address: room.address.clone(),
                    name: self.name(&room.address),
                    building: room.building.clone(),
                    capacity: room.capacity,
                    zone: "UTC".into(),
                    spaces: usize::from(room.address.starts_with('a')),
                })
                .collect(),
            all_rooms: self.known.rooms.len(),
            buildings: rooms.map(|room| room.building().to_owned()).collect(),
            lists: BTreeSet::from([self.list.to_owned()]),
            tags: BTreeSet::from(["video".to_owned()]),
            has_zone: false,
        }
    }

    fn name(&self, address: &str) -> String {
        let named = self.names.iter().find(|(own, _)| *own == address);
        named.map(|(_, name)| name.clone()).unwrap_or_default()
    }

    pub(crate) fn days(
        &self,
        source: &str,
        address: &str,
        periods: [(Date, Date); 2],
    ) -> Option<[Vec<RoomDay>; 2]> {
        let known = self
            .known
            .rooms
            .iter()
            .find(|known| known.room.source == source && known.room.address == address)?;
        Some(periods.map(|period| days_of(known, &self.known.buildings, period, self.known.now)))
    }
}

fn rfc3339(at: i64) -> String {
    jiff::Timestamp::from_second(at).unwrap().to_string()
}
