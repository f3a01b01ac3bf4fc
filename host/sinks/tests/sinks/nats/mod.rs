//! Tests of the sink for NATS JetStream against a real server, which each test starts and stops.
//!
//! They look for `nats-server` in the directory `servers` of cargo's target directory, then in PATH.

mod delivery;
mod login;
mod server;
mod streams;

use crate::kit::change;
use collector_model::change::Change;
use collector_sinks::{NatsCredentials, NatsSettings, Sink};

fn settings(url: &str) -> NatsSettings {
    NatsSettings {
        url: url.parse().unwrap(),
        stream: "COLLECTOR".into(),
        subject: "rooms".into(),
        credentials: NatsCredentials::None,
        ca: None,
    }
}

/// Changes of a few rooms in turn.
fn changes(rooms: i64, numbers: std::ops::RangeInclusive<i64>) -> Vec<Change> {
    numbers
        .map(|number| change(number, &format!("room-{}", number * 7 % rooms)))
        .collect()
}

async fn error(sink: &mut Box<dyn Sink>, changes: &[Change]) -> String {
    sink.deliver(changes).await.unwrap_err().to_string()
}
