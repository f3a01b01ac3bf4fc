//! The connector's logic without the sandbox: compiled into this program, with the same HTTP client, the same store and as many
//! concurrent slices.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{anyhow, ensure};
use collector_egress::http::{Bearer, Client};
use collector_engine::source::ReadySource;
use collector_model::http::{Method, Request};
use collector_model::meeting::{Meeting, Status, Subject};
use collector_model::room::{Room, RoomAddress};
use collector_model::window::Window;
use collector_store::{Change, Reading, SharedStore};
use connector_sdk::{self as sdk, Connector as _};
use futures::stream::{self, StreamExt as _};
use o365::O365;
use tokio::time::Instant;

pub(crate) struct NativeHost {
    client: Client,
    bearer: Arc<dyn Bearer>,
    deadline: Instant,
    emitted: Mutex<HashMap<String, Vec<Meeting>>>,
}

pub(crate) async fn pass(source: &ReadySource, window: Window, store: &SharedStore) -> anyhow::Result<()> {
    let host = || host(source);
    let expansion = O365::list_rooms(&host()?, &source.settings)
        .await
        .map_err(|error| anyhow!("{error:?}"))?;
    let rooms: Vec<Room> = expansion
        .rooms
        .iter()
        .map(|room| Room {
            address: RoomAddress::new(&room.address),
            key: room.key.clone(),
            name: room.name.clone(),
            building: room.building.clone(),
            capacity: room.capacity,
            lists: room.lists.clone(),
        })
        .collect();
    store.lock().put_rooms(&source.name, &rooms, &[])?;
    let requests: Vec<sdk::RoomRequest> = expansion
        .rooms
        .into_iter()
        .map(|room| sdk::RoomRequest {
            address: room.address,
            key: room.key,
            cursor: None,
        })
        .collect();
    let slices: Vec<Vec<sdk::RoomRequest>> = requests
        .chunks(source.connector.manifest().slice_size)
        .map(<[_]>::to_vec)
        .collect();
    let mut ended = stream::iter(slices.into_iter().map(|slice| {
        let settings = source.settings.clone();
        let host = host();
        async move { tokio::spawn(collect(host?, settings, slice, window)).await? }
    }))
    .buffer_unordered(source.limits.requests);
    while let Some(rooms) = ended.next().await {
        for (room, meetings) in rooms? {
            let name = source.name.clone();
            let reading = Reading {
                change: Change::Complete,
                meetings,
                window,
                cursor: None,
                drops: 0,
            };
            store
                .write(move |store| store.commit(&name, &RoomAddress::new(&room), reading))
                .await?;
        }
    }
    Ok(())
}

/// A host for one slice of a source.
pub(crate) fn host(source: &ReadySource) -> anyhow::Result<NativeHost> {
    let deadline = Instant::now() + source.limits.pass_time;
    let (client, bearer) = source
        .client_and_bearer("graph")
        .ok_or_else(|| anyhow!("the source has no token"))?;
    Ok(NativeHost {
        client,
        bearer,
        deadline,
        emitted: Mutex::default(),
    })
}

async fn collect(
    host: NativeHost,
    settings: String,
    slice: Vec<sdk::RoomRequest>,
    window: Window,
) -> anyhow::Result<HashMap<String, Vec<Meeting>>> {
    let window = sdk::Window {
        start: window.start(),
        end: window.end(),
    };
    let outcomes = O365::collect(&host, &settings, &slice, window)
        .await
        .map_err(|error| anyhow!("{error:?}"))?;
    for room in &outcomes {
        ensure!(
            matches!(room.outcome, sdk::Outcome::Complete(_)),
            "{}: {:?}",
            room.address,
            room.outcome
        );
    }
    Ok(host.emitted())
}

impl NativeHost {
    /// What was emitted to it, by room.
    pub(crate) fn emitted(self) -> HashMap<String, Vec<Meeting>> {
        self.emitted.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl sdk::Host for NativeHost {
    /// The host holds the only one.
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

    async fn fetch(&self, request: sdk::Request, _: Option<&()>) -> sdk::Fetched {
        let request = Request {
            method: match request.method {
                sdk::Method::Get => Method::GET,
                sdk::Method::Head => Method::HEAD,
                sdk::Method::Post => Method::POST,
                sdk::Method::Put => Method::PUT,
                sdk::Method::Patch => Method::PATCH,
                sdk::Method::Delete => Method::DELETE,
            },
            url: request.url,
            headers: request.headers,
            body: request.body,
            repeatable: request.repeatable,
        };
        match self
            .client
            .fetch(request, Some(&*self.bearer), self.deadline)
            .await
        {
            Ok(answer) => Ok(sdk::Response {
                status: answer.status,
                headers: answer.headers,
                body: answer.body,
            }),
            Err(error) => Err(sdk::FetchError::Protocol(error.to_string())),
        }
    }

    fn emit(&self, meeting: &sdk::Meeting<'_>) -> Result<(), sdk::EmitError> {
        let mut emitted = self.emitted.lock().unwrap_or_else(PoisonError::into_inner);
        let owned = Meeting {
            id: meeting.id.clone().into_owned(),
            series: meeting.series.as_deref().map(str::to_owned),
            subject: match &meeting.subject {
                sdk::Subject::Text(text) => Subject::Text(text.clone().into_owned()),
                sdk::Subject::Withheld => Subject::Withheld,
                sdk::Subject::None => Subject::None,
            },
            start: meeting.start,
            end: meeting.end,
            all_day: meeting.all_day,
            status: match meeting.status {
                sdk::Status::Confirmed => Status::Confirmed,
                sdk::Status::Tentative => Status::Tentative,
                sdk::Status::Cancelled => Status::Cancelled,
            },
        };
        match emitted.get_mut(&*meeting.room) {
            Some(meetings) => meetings.push(owned),
            None => drop(emitted.insert(meeting.room.clone().into_owned(), vec![owned])),
        }
        Ok(())
    }

    fn log(&self, _: sdk::Level, _: &str) {}
}
