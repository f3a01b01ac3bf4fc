//! The connector's logic without the sandbox: compiled into this program, over the same HTTP client, into the same store, with
//! as many slices side by side.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{anyhow, ensure};
use collector::http::{Bearer, Client, Method, Request};
use collector::meeting::{Meeting, Status, Subject};
use collector::room::{Room, RoomAddress};
use collector::source::ReadySource;
use collector::store::{Change, Reading, SharedStore};
use collector::window::Window;
use futures::stream::{self, StreamExt as _};
use tokio::time::Instant;

struct NativeHost {
    client: Client,
    bearer: Arc<dyn Bearer>,
    deadline: Instant,
    emitted: Mutex<HashMap<String, Vec<Meeting>>>,
}

pub(crate) async fn pass(source: &ReadySource, window: Window, store: &SharedStore) -> anyhow::Result<()> {
    let host = || host(source);
    let expansion = o365::list_rooms(&host()?, &source.settings)
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
    let requests: Vec<o365::RoomRequest> = expansion
        .rooms
        .into_iter()
        .map(|room| o365::RoomRequest {
            address: room.address,
            key: room.key,
            cursor: None,
        })
        .collect();
    let slices: Vec<Vec<o365::RoomRequest>> = requests
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

fn host(source: &ReadySource) -> anyhow::Result<NativeHost> {
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
    slice: Vec<o365::RoomRequest>,
    window: Window,
) -> anyhow::Result<HashMap<String, Vec<Meeting>>> {
    let window = o365::Window {
        start: window.start(),
        end: window.end(),
    };
    let outcomes = o365::collect(&host, &settings, &slice, window)
        .await
        .map_err(|error| anyhow!("{error:?}"))?;
    for room in &outcomes {
        ensure!(
            matches!(room.outcome, o365::Outcome::Complete(_)),
            "{}: {:?}",
            room.address,
            room.outcome
        );
    }
    Ok(host.emitted.into_inner().unwrap_or_else(PoisonError::into_inner))
}

impl o365::Host for NativeHost {
    async fn fetch(&self, request: o365::Request) -> Result<o365::Response, o365::FetchError> {
        let request = Request {
            method: match request.method {
                o365::Method::Get => Method::GET,
                o365::Method::Post => Method::POST,
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
            Ok(answer) => Ok(o365::Response {
                status: answer.status,
                headers: answer.headers,
                body: answer.body,
            }),
            Err(error) => Err(o365::FetchError::Protocol(error.to_string())),
        }
    }

    fn emit(&self, meeting: o365::Meeting<'_>) -> Result<(), o365::EmitError> {
        let mut emitted = self.emitted.lock().unwrap_or_else(PoisonError::into_inner);
        let owned = Meeting {
            id: meeting.id.to_owned(),
            series: meeting.series.map(str::to_owned),
            subject: match meeting.subject {
                o365::Subject::Text(text) => Subject::Text(text.to_owned()),
                o365::Subject::Withheld => Subject::Withheld,
                o365::Subject::None => Subject::None,
            },
            start: meeting.start,
            end: meeting.end,
            all_day: meeting.all_day,
            status: match meeting.status {
                o365::Status::Confirmed => Status::Confirmed,
                o365::Status::Tentative => Status::Tentative,
                o365::Status::Cancelled => Status::Cancelled,
            },
        };
        match emitted.get_mut(meeting.room) {
            Some(meetings) => meetings.push(owned),
            None => drop(emitted.insert(meeting.room.to_owned(), vec![owned])),
        }
        Ok(())
    }

    fn log(&self, _: o365::Level, _: &str) {}

    async fn token_claims(&self) -> Result<Option<String>, o365::SecretError> {
        Ok(None)
    }
}
