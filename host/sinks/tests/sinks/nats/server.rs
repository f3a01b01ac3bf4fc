//! A real server, a sink for it, and the expected messages.

use std::collections::BTreeMap;
use std::ops::Deref;

use async_nats::jetstream;
use collector_model::change::Change;
use collector_sinks::{NatsSettings, Sink, SinkSettings, open};
use e2e::NatsServer;

use crate::nats::settings;

pub(crate) struct Server(NatsServer);

impl Server {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self(NatsServer::start(arguments).unwrap())
    }

    pub(crate) fn with_jetstream() -> Self {
        Self(NatsServer::with_jetstream().unwrap())
    }

    pub(crate) fn kill(&mut self) {
        self.0.kill().unwrap();
    }

    pub(crate) fn start_again(&mut self) {
        self.0.start_again().unwrap();
    }

    pub(crate) fn settings(&self) -> NatsSettings {
        settings(&self.url())
    }

    pub(crate) fn sink(&self) -> Box<dyn Sink> {
        open(SinkSettings::Nats(self.settings())).unwrap()
    }

    pub(crate) async fn client(&self) -> jetstream::Context {
        self.0.client().await.unwrap()
    }

    /// The messages of the stream in order: subject, id and payload.
    pub(crate) async fn messages(&self) -> Vec<(String, String, String)> {
        let messages = self.0.messages().await.unwrap();
        messages
            .into_iter()
            .map(|message| (message.subject, message.id, message.payload))
            .collect()
    }

    pub(crate) async fn assert_holds(&self, changes: &[Change]) {
        let mut found: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
        for (subject, id, payload) in self.messages().await {
            found.entry(subject).or_default().push((id, payload));
        }
        let mut expected: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
        for change in changes {
            expected
                .entry(format!("rooms.contoso.{}", change.room))
                .or_default()
                .push((change.change_id(), change.json()));
        }
        for (subject, expected) in &expected {
            let ids = |of: &[(String, String)]| of.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>();
            let found = found.get(subject).map(Vec::as_slice).unwrap_or_default();
            assert_eq!(ids(found), ids(expected), "{subject}");
        }
        assert_eq!(found, expected);
    }
}

impl Deref for Server {
    type Target = NatsServer;

    fn deref(&self) -> &NatsServer {
        &self.0
    }
}
