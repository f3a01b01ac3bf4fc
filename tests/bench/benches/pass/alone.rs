//! What the parts of a pass take by themselves, one after the other on one thread, natively: the wire (the same requests, whose answers nobody
//! reads), the parser (the connector's logic on answers that are there already), and SQLite (the same meetings into an empty store). No pass can
//! take less processor time than they do together.

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

/// A host of a slice that keeps what is asked and answered. Once it is played back, it gives these answers again, in their order, and takes no
/// meetings.
struct Tape {
    host: NativeHost,
    heard: Mutex<Vec<(sdk::Request, sdk::Response)>>,
    /// How many answers were given again; none while it records.
    played: Option<AtomicUsize>,
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
    let mut tapes = Vec::new();
    for slice in &slices {
        let tape = Tape {
            host: host(source)?,
            heard: Mutex::default(),
            played: None,
        };
        collect(&tape, &source.settings, slice, asked).await?;
        tapes.push(tape);
    }

    let client = host(source)?;
    let begun = Instant::now();
    for tape in &mut tapes {
        tape.played = Some(AtomicUsize::new(0));
        for (request, _) in tape.heard.get_mut().unwrap_or_else(PoisonError::into_inner) {
            client
                .fetch(request.clone(), None)
                .await
                .map_err(|error| anyhow!("{error:?}"))?;
        }
    }
    let wire = begun.elapsed().as_secs_f64();

    let begun = Instant::now();
    for (tape, slice) in tapes.iter().zip(&slices) {
        collect(tape, &source.settings, slice, asked).await?;
    }
    let parser = begun.elapsed().as_secs_f64();

    let meetings = tapes.into_iter().flat_map(|tape| tape.host.emitted());
    let meetings: Vec<(String, Vec<Meeting>)> = meetings.collect();
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

impl sdk::Host for Tape {
    type Secret = ();

    async fn secret(&self, name: &str) -> Result<(), sdk::SecretError> {
        self.host.secret(name).await
    }

    fn claims(&self, secret: &()) -> Option<String> {
        self.host.claims(secret)
    }

    fn reveal(&self, secret: &()) -> Result<String, sdk::SecretError> {
        self.host.reveal(secret)
    }

    async fn fetch(&self, request: sdk::Request, secret: Option<&()>) -> sdk::Fetched {
        if let Some(played) = &self.played {
            let number = played.fetch_add(1, Ordering::Relaxed);
            let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
            let answer = heard.get(number).map(|(_, answer)| answer.clone());
            return answer.ok_or_else(|| sdk::FetchError::Protocol("nothing more was recorded".to_owned()));
        }
        let answer = self.host.fetch(request.clone(), secret).await?;
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.push((request, answer.clone()));
        Ok(answer)
    }

    fn emit(&self, meeting: &sdk::Meeting<'_>) -> Result<(), sdk::EmitError> {
        match self.played {
            Some(_) => {
                std::hint::black_box(meeting);
                Ok(())
            }
            None => self.host.emit(meeting),
        }
    }

    fn log(&self, level: sdk::Level, message: &str) {
        self.host.log(level, message);
    }
}
