//! Deliveries of the store in SQLite.

use collector_commit::Handover;
use collector_model::change::Change;
use collector_model::sink::{SetAside, SinkState};

use super::{LOOKER, Sqlite};
use crate::tests::acceptance::Outgoing;

impl Outgoing for Sqlite {
    async fn set_sinks(&mut self, names: &[&str]) -> (Vec<String>, Vec<String>) {
        let names = [names, &[LOOKER]].concat();
        self.a.set_sinks(&names).unwrap()
    }

    async fn sinks(&mut self) -> Vec<SinkState> {
        let mut sinks = self.a.sinks().unwrap();
        sinks.retain(|sink| sink.name != LOOKER);
        sinks
    }

    async fn refill(&mut self, sink: &str) {
        self.a.refill(sink).unwrap();
    }

    async fn is_waiting(&mut self, sink: &str) -> bool {
        self.a.has_waiting(sink).unwrap()
    }

    async fn hand_over(&mut self, sink: &str, limit: u32) -> Handover {
        self.a.hand_over(sink, limit as usize).unwrap()
    }

    async fn confirm(&mut self, sink: &str, store: &str, number: i64) {
        self.a.confirm(sink, store, number).unwrap();
    }

    async fn delivered(&mut self, sink: &str, handover: &Handover) {
        self.a.delivered(sink, handover).unwrap();
    }

    async fn position(&mut self, sink: &str) -> Option<(i64, Option<i64>)> {
        let offered = self.a.offered(sink).unwrap();
        offered.map(|offered| (offered, self.a.confirmed(sink).unwrap()))
    }

    async fn sink_failed(&mut self, sink: &str, problem: &str) {
        self.a.sink_failed(sink, problem).unwrap();
    }

    async fn sink_works(&mut self, sink: &str) {
        self.a.sink_works(sink).unwrap();
    }

    async fn refuse(&mut self, sink: &str, change: &Change, problem: &str) {
        self.a.refuse(sink, change, problem).unwrap();
    }

    async fn retry(&mut self, sink: &str) -> Option<u64> {
        let changes = self.a.retry_sink(sink).unwrap();
        changes.map(|changes| changes as u64)
    }

    async fn skip(&mut self, sink: &str) -> Option<u64> {
        let changes = self.a.skip_set_aside(sink).unwrap();
        changes.map(|changes| changes as u64)
    }

    async fn asked(&mut self, sink: &str) -> i64 {
        self.a.asked(sink).unwrap()
    }

    async fn set_aside(&mut self) -> Vec<SetAside> {
        self.a.set_aside(None, 100).unwrap()
    }

    async fn renew_identity(&mut self) {
        self.a.take_identity("a test").unwrap();
    }
}
