//! Deliveries of the store in PostgreSQL: the first member has each sink.

use collector_commit::Handover;
use collector_model::change::Change;
use collector_model::sink::{SetAside, SinkState};

use super::{Member, PostgreSql};
use crate::Fenced;
use crate::tests::acceptance::Outgoing;

impl PostgreSql {
    /// A transaction of the member that has a sink.
    async fn of_sink(&mut self, sink: &str) -> Fenced<'_> {
        let unit = format!("sink/{sink}");
        let Member {
            leases, connection, ..
        } = &mut self.members[0];
        if !self.deliveries.contains_key(sink) {
            connection.add_units(&[&unit]).await.unwrap();
            let claimed = leases.claim(connection, &[&unit], 1).await.unwrap();
            self.deliveries.insert(sink.to_owned(), claimed[0].lease.clone());
        }
        connection.fenced(&self.deliveries[sink]).await.unwrap()
    }
}

impl Outgoing for PostgreSql {
    async fn set_sinks(&mut self, names: &[&str]) -> (Vec<String>, Vec<String>) {
        self.members[1].connection.set_sinks(names).await.unwrap()
    }

    async fn sinks(&mut self) -> Vec<SinkState> {
        self.members[1].connection.sinks().await.unwrap()
    }

    async fn refill(&mut self, sink: &str) {
        self.members[1].connection.refill(sink).await.unwrap();
    }

    async fn is_waiting(&mut self, sink: &str) -> bool {
        let sources = self.members[1].connection.waiting(sink).await.unwrap();
        assert!(sources.iter().all(|source| *source == self.source));
        !sources.is_empty()
    }

    async fn hand_over(&mut self, sink: &str, limit: u32) -> Handover {
        let source = self.source.clone();
        let transaction = self.of_sink(sink).await;
        transaction.hand_over(sink, &source, limit).await.unwrap()
    }

    async fn confirm(&mut self, sink: &str, store: &str, number: i64) {
        let transaction = self.of_sink(sink).await;
        transaction.confirm(sink, store, number).await.unwrap();
    }

    async fn delivered(&mut self, sink: &str, handover: &Handover) {
        let transaction = self.of_sink(sink).await;
        transaction.delivered(sink, handover).await.unwrap();
    }

    async fn position(&mut self, sink: &str) -> Option<(i64, Option<i64>)> {
        let connection = &mut self.members[1].connection;
        let position = connection.position(sink, &self.source).await.unwrap();
        position.map(|(_, position)| (position.offered, position.confirmed))
    }

    async fn sink_failed(&mut self, sink: &str, problem: &str) {
        let transaction = self.of_sink(sink).await;
        transaction.sink_failed(sink, problem).await.unwrap();
    }

    async fn sink_works(&mut self, sink: &str) {
        let transaction = self.of_sink(sink).await;
        transaction.sink_works(sink).await.unwrap();
    }

    async fn refuse(&mut self, sink: &str, change: &Change, problem: &str) {
        let transaction = self.of_sink(sink).await;
        transaction.refuse(sink, change, problem).await.unwrap();
    }

    async fn retry(&mut self, sink: &str) -> Option<u64> {
        self.members[1].connection.retry_sink(sink).await.unwrap()
    }

    async fn skip(&mut self, sink: &str) -> Option<u64> {
        self.members[1].connection.skip_set_aside(sink).await.unwrap()
    }

    async fn asked(&mut self, sink: &str) -> i64 {
        self.members[1].connection.asked(sink).await.unwrap()
    }

    async fn set_aside(&mut self) -> Vec<SetAside> {
        self.members[1].connection.set_aside(100).await.unwrap()
    }

    async fn renew_identity(&mut self) {
        let connection = &mut self.members[1].connection;
        connection.renew_stream(&self.source).await.unwrap();
    }
}
