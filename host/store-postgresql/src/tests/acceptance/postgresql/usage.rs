//! Records of the store in PostgreSQL, and what figures read there. The second member receives what is pushed, whoever has the source.

use collector_commit::Booking;
use collector_commit::usage::{Ahead, Committed, Put, SpaceReading, Told, Witness};
use collector_model::space::SpaceId;
use collector_model::usage::{CoverageRecord, Kind, Origin, Record};
use collector_model::window::Window;
use collector_postgresql::Problem;

use super::{PostgreSql, refused};
use crate::Connection;
use crate::tests::acceptance::state::ROOMS;
use crate::tests::acceptance::{Figuring, Recording, Refused, Writer};

impl PostgreSql {
    fn ids(&self, spaces: &[&str]) -> Vec<SpaceId> {
        let id = |key: &&str| SpaceId {
            source: self.source.clone(),
            key: (*key).to_owned(),
        };
        spaces.iter().map(id).collect()
    }

    /// A record is of this source, which has another name in each case.
    fn own(&self, record: &Record) -> Record {
        let mut record = record.clone();
        match &mut record {
            Record::Usage(usage) => usage.origin.source.clone_from(&self.source),
            Record::Coverage(coverage) => coverage.origin.source.clone_from(&self.source),
        }
        record
    }

    /// The same the other way round.
    fn of_case(mut record: Record) -> Record {
        match &mut record {
            Record::Usage(usage) => super::SOURCE.clone_into(&mut usage.origin.source),
            Record::Coverage(coverage) => super::SOURCE.clone_into(&mut coverage.origin.source),
        }
        record
    }

    fn second(&mut self) -> &mut Connection {
        &mut self.members[1].connection
    }
}

fn coverage(found: Option<CoverageRecord>) -> Option<CoverageRecord> {
    let found = found.map(|coverage| PostgreSql::of_case(Record::Coverage(coverage)))?;
    match found {
        Record::Coverage(coverage) => Some(coverage),
        Record::Usage(_) => None,
    }
}

impl Recording for PostgreSql {
    async fn commit_usage(
        &mut self,
        who: Writer,
        mut readings: Vec<SpaceReading>,
        now: i64,
    ) -> Result<Vec<Committed>, Refused> {
        let source = self.source.clone();
        for reading in &mut readings {
            reading.records = reading.records.iter().map(|record| self.own(record)).collect();
        }
        let transaction = self.of_source(who).await?;
        refused(transaction.commit_usage(&source, &readings, now).await)
    }

    async fn push(&mut self, records: &[Record], now: i64) -> (Vec<Put>, Vec<String>) {
        let source = self.source.clone();
        let own: Vec<Record> = records.iter().map(|record| self.own(record)).collect();
        let mut ahead = Ahead::default();
        for (record, line) in records.iter().zip(1..) {
            ahead.look(line, record, now);
        }
        let mut batch = self.second().usage_batch(&source).await.unwrap();
        let puts = batch.put(&own).await.unwrap();
        batch.note_ahead(&mut ahead, now).await.unwrap();
        batch.arrived(now).await.unwrap();
        batch.commit().await.unwrap();
        (puts, ahead.warnings())
    }

    async fn post(
        &mut self,
        device: &Origin,
        told: Told,
        records: &[Record],
        (kind, at): (Kind, i64),
    ) -> (Told, Option<CoverageRecord>, Option<CoverageRecord>) {
        let source = self.source.clone();
        let own: Vec<Record> = records.iter().map(|record| self.own(record)).collect();
        let mut batch = self.second().usage_batch(&source).await.unwrap();
        let before = batch.told(device).await.unwrap();
        batch.put(&own).await.unwrap();
        let blind = batch.blindness(device, kind, at).await.unwrap();
        let observed = batch.last_observed(device).await.unwrap();
        batch.keep_told(device, told).await.unwrap();
        batch.commit().await.unwrap();
        (before, coverage(blind), coverage(observed))
    }

    async fn records(&mut self, window: Window, page: usize) -> Vec<Record> {
        let source = self.source.clone();
        let mut records = Vec::new();
        let each = |record| {
            records.push(record);
            Ok::<_, Problem>(())
        };
        self.second().usage(&[], window, each).await.unwrap();
        let (mut paged, mut from) = (Vec::new(), None);
        loop {
            let found = self
                .second()
                .usage_page(Some(&source), window, from.as_ref(), page, &|| true)
                .await
                .unwrap();
            paged.extend(found.records);
            from = found.next;
            if from.is_none() {
                assert_eq!(paged, records);
                return records.into_iter().map(Self::of_case).collect();
            }
        }
    }

    async fn arrived(&mut self) -> Option<i64> {
        let source = self.source.clone();
        self.second().arrivals().await.unwrap().get(&source).copied()
    }

    async fn evidence(&mut self, spaces: &[&str], start: i64, end: i64) -> Vec<Record> {
        let ids = self.ids(spaces);
        let found = self.second().evidence(&ids, start, end).await.unwrap();
        found.into_iter().map(Self::of_case).collect()
    }

    async fn buckets(&mut self, spaces: &[&str], start: i64, end: i64) -> Vec<(i64, i64)> {
        let ids = self.ids(spaces);
        self.second().buckets(&ids, start, end).await.unwrap()
    }

    async fn witnesses(&mut self, spaces: &[&str]) -> Vec<Witness> {
        let ids = self.ids(spaces);
        let mut found = self.second().witnesses(&ids).await.unwrap();
        for witness in &mut found {
            super::SOURCE.clone_into(&mut witness.space.source);
        }
        found
    }
}

impl Figuring for PostgreSql {
    async fn bookings(&mut self, start: i64, end: i64) -> Vec<Vec<Booking>> {
        let source = self.source.clone();
        self.second().bookings(&source, &ROOMS, start, end).await.unwrap()
    }

    async fn booking_times(&mut self, start: i64, end: i64) -> Vec<Vec<(i64, i64)>> {
        let source = self.source.clone();
        let mut times = self
            .second()
            .booking_times(&source, &ROOMS, start, end)
            .await
            .unwrap();
        times.iter_mut().for_each(|times| times.sort_unstable());
        times
    }

    async fn booking_starts(&mut self, instant: i64, only_removed: bool) -> Vec<Vec<i64>> {
        let source = self.source.clone();
        let starts = self
            .second()
            .booking_starts(&source, &ROOMS, instant, only_removed);
        let mut starts = starts.await.unwrap();
        starts.iter_mut().for_each(|starts| starts.sort_unstable());
        starts
    }
}
