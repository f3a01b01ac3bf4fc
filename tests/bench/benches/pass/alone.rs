//! What the parts of a pass take by themselves, one after the other on one thread, natively: the wire (the same requests, whose answers nobody
//! reads), the parser (the connector's logic on answers that are there already), and SQLite (the same meetings into an empty store). No pass can
//! take less processor time than they do together.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anyhow::{anyhow, ensure};
use collector_engine::source::ReadySource;
use collector_model::meeting::Meeting;
use collector_model::room::RoomAddress;
use collector_model::window::Window;
use collector_store::{Change, Reading, Store};
use connector_sdk::{self as sdk, Connector as _, Host as _};
use o365::O365;
use serde::{Deserialize, Serialize};

use crate::native::{NativeHost, host};

/// Seconds of each part.
#[derive(Serialize, Deserialize)]
pub(crate) struct Parts {
    pub(crate) wire: f64,
    pub(crate) parser: f64,
    pub(crate) sqlite: f64,
}

/// Gives answers that were received before, in the order in which they were, to the same questions.
struct Replay {
    answers: Vec<(sdk::Request, sdk::Response)>,
    next: AtomicUsize,
}

/// Keeps what is asked and answered.
struct Recorder {
    host: NativeHost,
    heard: Mutex<Vec<(sdk::Request, sdk::Response)>>,
}

/// Measures the parts of a source's pass.
pub(crate) async fn measure(source: &ReadySource, window: Window) -> anyhow::Result<Parts> {
    let expansion = O365::list_rooms(&host(source)?, &source.settings)
        .await
        .map_err(|error| anyhow!("{error:?}"))?;
    let rooms: Vec<sdk::RoomRequest> = expansion
        .rooms
        .into_iter()
        .map(|room| sdk::RoomRequest {
            address: room.address,
            key: room.key,
            cursor: None,
        })
        .collect();
    let slices: Vec<&[sdk::RoomRequest]> = rooms.chunks(source.connector.manifest().slice_size).collect();
    let asked = sdk::Window {
        start: window.start(),
        end: window.end(),
    };
    let mut meetings: HashMap<String, Vec<Meeting>> = HashMap::new();
    let mut heard = Vec::new();
    for slice in &slices {
        let recorder = Recorder {
            host: host(source)?,
            heard: Mutex::default(),
        };
        collect(&recorder, &source.settings, slice, asked).await?;
        meetings.extend(recorder.host.emitted());
        heard.push(
            recorder
                .heard
                .into_inner()
                .unwrap_or_else(PoisonError::into_inner),
        );
    }

    let begun = Instant::now();
    let client = host(source)?;
    for (request, _) in heard.iter().flatten() {
        client
            .fetch(request.clone(), None)
            .await
            .map_err(|error| anyhow!("{error:?}"))?;
    }
    let wire = begun.elapsed().as_secs_f64();

    let replays: Vec<Replay> = heard
        .into_iter()
        .map(|answers| Replay {
            answers,
            next: AtomicUsize::new(0),
        })
        .collect();
    let begun = Instant::now();
    for (replay, slice) in replays.iter().zip(&slices) {
        collect(replay, &source.settings, slice, asked).await?;
    }
    let parser = begun.elapsed().as_secs_f64();
    drop(replays);

    let directory = tempfile::tempdir()?;
    let mut store = Store::open(directory.path())?;
    let begun = Instant::now();
    for (room, meetings) in meetings {
        let reading = Reading {
            change: Change::Complete,
            meetings,
            window,
            cursor: None,
            drops: 0,
        };
        store.commit(&source.name, &RoomAddress::new(&room), reading)?;
    }
    let sqlite = begun.elapsed().as_secs_f64();
    Ok(Parts { wire, parser, sqlite })
}

async fn collect(
    host: &impl sdk::Host,
    settings: &str,
    slice: &[sdk::RoomRequest],
    window: sdk::Window,
) -> anyhow::Result<()> {
    let outcomes = O365::collect(host, settings, slice, window)
        .await
        .map_err(|error| anyhow!("{error:?}"))?;
    let is_complete = |room: &sdk::RoomOutcome| matches!(room.outcome, sdk::Outcome::Complete(_));
    ensure!(outcomes.iter().all(is_complete), "not every room was read");
    Ok(())
}

impl sdk::Host for Recorder {
    type Secret = ();

    async fn secret(&self, name: &str) -> Result<(), sdk::SecretError> {
        self.host.secret(name).await
    }

    fn claims(&self, (): &()) -> Option<String> {
        None
    }

    fn reveal(&self, (): &()) -> Result<String, sdk::SecretError> {
        self.host.reveal(&())
    }

    async fn fetch(&self, request: sdk::Request, secret: Option<&()>) -> sdk::Fetched {
        let answer = self.host.fetch(request.clone(), secret).await?;
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.push((request, answer.clone()));
        Ok(answer)
    }

    fn emit(&self, meeting: &sdk::Meeting<'_>) -> Result<(), sdk::EmitError> {
        self.host.emit(meeting)
    }

    fn log(&self, _: sdk::Level, _: &str) {}
}

impl sdk::Host for Replay {
    type Secret = ();

    async fn secret(&self, _: &str) -> Result<(), sdk::SecretError> {
        Ok(())
    }

    fn claims(&self, (): &()) -> Option<String> {
        None
    }

    fn reveal(&self, (): &()) -> Result<String, sdk::SecretError> {
        Err(sdk::SecretError::Denied("not granted".to_owned()))
    }

    async fn fetch(&self, _: sdk::Request, _: Option<&()>) -> sdk::Fetched {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        match self.answers.get(number) {
            Some((_, answer)) => Ok(answer.clone()),
            None => Err(sdk::FetchError::Protocol("nothing more was recorded".to_owned())),
        }
    }

    fn emit(&self, meeting: &sdk::Meeting<'_>) -> Result<(), sdk::EmitError> {
        std::hint::black_box(meeting);
        Ok(())
    }

    fn log(&self, _: sdk::Level, _: &str) {}
}
