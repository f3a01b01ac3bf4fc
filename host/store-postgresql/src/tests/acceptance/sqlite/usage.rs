//! Records of the store in SQLite, and what figures read there.

use collector_commit::Booking;
use collector_commit::usage::{Ahead, Committed, Put, SpaceReading, Told, Witness};
use collector_model::space::SpaceId;
use collector_model::usage::{CoverageRecord, Kind, Origin, Record};
use collector_model::window::Window;
use collector_store::StoreError;

use super::{SOURCE, Sqlite};
use crate::tests::acceptance::state::ROOMS;
use crate::tests::acceptance::{Figuring, Recording, Refused, Writer};

fn ids(spaces: &[&str]) -> Vec<SpaceId> {
    let id = |key: &&str| SpaceId {
        source: SOURCE.to_owned(),
        key: (*key).to_owned(),
    };
    spaces.iter().map(id).collect()
}

impl Recording for Sqlite {
    async fn commit_usage(
        &mut self,
        who: Writer,
        readings: Vec<SpaceReading>,
        now: i64,
    ) -> Result<Vec<Committed>, Refused> {
        let store = self.of(who);
        let committed = readings.into_iter().map(|reading| {
            let cursor = reading.cursor.as_deref();
            store
                .commit_usage(SOURCE, &reading.key, &reading.records, cursor, reading.drops, now)
                .unwrap()
        });
        Ok(committed.collect())
    }

    async fn push(&mut self, records: &[Record], now: i64) -> (Vec<Put>, Vec<String>) {
        let batch = self.a.usage_batch().unwrap();
        let mut ahead = Ahead::default();
        let puts = records.iter().zip(1..).map(|(record, line)| {
            ahead.look(line, record, now);
            batch.put(record).unwrap()
        });
        let puts = puts.collect();
        batch.note_ahead(&mut ahead, now).unwrap();
        batch.arrived(SOURCE, now).unwrap();
        batch.commit().unwrap();
        (puts, ahead.warnings())
    }

    async fn post(
        &mut self,
        device: &Origin,
        told: Told,
        records: &[Record],
        (kind, at): (Kind, i64),
    ) -> (Told, Option<CoverageRecord>, Option<CoverageRecord>) {
        let batch = self.a.usage_batch().unwrap();
        let before = batch.told(device).unwrap();
        for record in records {
            batch.put(record).unwrap();
        }
        let blind = batch.blindness(device, kind, at).unwrap();
        let observed = batch.last_observed(device).unwrap();
        batch.keep_told(device, told).unwrap();
        batch.commit().unwrap();
        (before, blind, observed)
    }

    async fn records(&mut self, window: Window, page: usize) -> Vec<Record> {
        let mut records = Vec::new();
        let each = |record| {
            records.push(record);
            Ok::<_, StoreError>(())
        };
        self.a.usage(&[], window, each).unwrap();
        let (mut paged, mut from) = (Vec::new(), None);
        loop {
            let found = self
                .a
                .usage_page(Some(SOURCE), window, from.as_ref(), page, &|| true)
                .unwrap();
            paged.extend(found.records);
            from = found.next;
            if from.is_none() {
                assert_eq!(paged, records);
                return records;
            }
        }
    }

    async fn arrived(&mut self) -> Option<i64> {
        self.a.arrivals().unwrap().get(SOURCE).copied()
    }

    async fn evidence(&mut self, spaces: &[&str], start: i64, end: i64) -> Vec<Record> {
        self.a.evidence(&ids(spaces), start, end).unwrap()
    }

    async fn buckets(&mut self, spaces: &[&str], start: i64, end: i64) -> Vec<(i64, i64)> {
        self.a.buckets(&ids(spaces), start, end).unwrap()
    }

    async fn witnesses(&mut self, spaces: &[&str]) -> Vec<Witness> {
        self.a.witnesses(&ids(spaces)).unwrap()
    }
}

impl Figuring for Sqlite {
    async fn bookings(&mut self, start: i64, end: i64) -> Vec<Vec<Booking>> {
        let of_room = |room| self.a.bookings(SOURCE, room, start, end).unwrap();
        ROOMS.into_iter().map(of_room).collect()
    }

    async fn booking_times(&mut self, start: i64, end: i64) -> Vec<Vec<(i64, i64)>> {
        let of_room = |room| {
            let mut times = self.a.booking_times(SOURCE, room, start, end).unwrap();
            times.sort_unstable();
            times
        };
        ROOMS.into_iter().map(of_room).collect()
    }

    async fn booking_starts(&mut self, instant: i64, only_removed: bool) -> Vec<Vec<i64>> {
        let of_room = |room| {
            let mut starts = self
                .a
                .booking_starts(SOURCE, room, instant, only_removed)
                .unwrap();
            starts.sort_unstable();
            starts
        };
        ROOMS.into_iter().map(of_room).collect()
    }
}
