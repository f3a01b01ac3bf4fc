//! Vocabulary of the tests: stores, members, meetings and changes.

use std::time::Duration;

use collector_commit::{Commit, Handover, Known, Reading, RoomReading, Steps};
use collector_model::change::Change;
use collector_model::fixture;
use collector_model::meeting::{Meeting, Subject};
use collector_model::room::RoomAddress;
use collector_model::window::Window;
use collector_postgresql::Patience;
use e2e::PostgresServer;
use tokio::task::JoinHandle;
use tokio_postgres::Client;

use crate::{CommitError, Connection, Database, Lease, Leases, Position, Terms, ToldChanges};

pub(super) const SOURCE: &str = "contoso";
pub(super) const UNIT: &str = "source/contoso";

/// An empty store with a unit and a stream for [`SOURCE`], and a room of it with the number 1.
pub(super) struct Stored {
    pub(super) database: Database,
    /// Looks at the tables, past the store.
    pub(super) client: Client,
}

impl Stored {
    pub(super) async fn new() -> Self {
        let server = PostgresServer::shared().unwrap();
        let (name, client) = server.database().await.unwrap();
        Self::at(&format!("{}?sslmode=disable", server.url(&name)), client).await
    }

    /// At the database of this URL, which `client` looks at.
    pub(super) async fn at(url: &str, client: Client) -> Self {
        // Who stops inside of a transaction is waited for as long.
        let patience = Patience {
            statement: Duration::from_secs(30),
            idle: Duration::from_secs(1),
            lock: Some(Duration::from_secs(5)),
        };
        let password = PostgresServer::PASSWORD.into();
        let url = url.parse().unwrap();
        let database =
            Database::with_patience(&url, Some(&password), None, "collector".into(), patience).unwrap();
        database.prepare().await.unwrap();
        client
            .batch_execute("SET search_path TO collector")
            .await
            .unwrap();
        let stored = Self { database, client };
        stored.begin_anew().await;
        stored
    }

    /// Empties it, which takes less time than to make another.
    pub(super) async fn begin_anew(&self) {
        self.client
            .batch_execute(
                "TRUNCATE unit, fence, stream, source, sink, sink_position, pass, touched, room, space, usage_source RESTART IDENTITY CASCADE;
                 UPDATE retention SET kept_at = NULL, held = NULL;
                 INSERT INTO room (source, address, name) VALUES ('contoso', 'conf-a@contoso.com', 'Conf A')",
            )
            .await
            .unwrap();
        let mut connection = self.database.connect().await.unwrap();
        connection.add_units(&[UNIT]).await.unwrap();
        connection.add_streams(&[SOURCE]).await.unwrap();
    }

    pub(super) async fn member(&self, id: &str) -> At {
        At {
            leases: Leases::new(id, Terms::default()),
            connection: self.database.connect().await.unwrap(),
        }
    }

    /// Begins writers that commit so many slices each, side by side. `slice_of` has the numbers of the writer and of its slice.
    pub(super) async fn begin_writers(
        &self,
        lease: &Lease,
        (writers, slices): (usize, usize),
        slice_of: impl Fn(usize, usize) -> Vec<RoomReading> + Copy + Send + 'static,
    ) -> Vec<JoinHandle<()>> {
        let mut begun = Vec::new();
        for writer in 0..writers {
            let (mut connection, lease) = (self.database.connect().await.unwrap(), lease.clone());
            begun.push(tokio::spawn(async move {
                for slice in 0..slices {
                    let readings = slice_of(writer, slice);
                    commit(&mut connection, &lease, readings).await.unwrap();
                }
            }));
        }
        begun
    }

    /// Lets the leases of all units expire.
    pub(super) async fn expire(&self) {
        self.client
            .batch_execute("UPDATE unit SET expires_at = '-infinity'")
            .await
            .unwrap();
    }

    pub(super) async fn number(&self, query: &str) -> i64 {
        self.client.query_one(query, &[]).await.unwrap().get(0)
    }

    /// The last number of the stream.
    pub(super) async fn last(&self) -> i64 {
        self.number("SELECT number FROM stream WHERE source = 'contoso'")
            .await
    }

    /// The outbox as `number kind id subject`.
    pub(super) async fn outbox(&self) -> Vec<String> {
        let query = "SELECT concat_ws(' ', number, kind, id, coalesce(subject, '-')) FROM outbox ORDER BY source, number";
        let rows = self.client.query(query, &[]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }
}

impl Stored {
    /// A new sink beside those that there are, with a member that has it.
    pub(super) async fn sink(&self, name: &str) -> Sink {
        let rows = self.client.query("SELECT name FROM sink", &[]).await.unwrap();
        let mut names: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
        names.push(name);
        let mut at = self.member(&format!("deliverer of {name}")).await;
        at.connection.set_sinks(&names).await.unwrap();
        let unit = format!("sink/{name}");
        at.connection.add_units(&[&unit]).await.unwrap();
        let lease = at.claim(&[&unit]).await.unwrap();
        Sink {
            name: name.to_owned(),
            at,
            lease,
        }
    }

    /// Reads rooms at contoso.com as a whole, which are empty, and adds a sink that has got them: it is told changes one by one, from the number 1 on.
    pub(super) async fn settle(&self, a: &mut At, lease: &Lease, rooms: &[&str]) -> Sink {
        let slice = rooms.iter().map(|room| read(room, &[])).collect();
        commit(&mut a.connection, lease, slice).await.unwrap();
        let sink = self.sink("file").await;
        self.client.batch_execute("DELETE FROM refill").await.unwrap();
        sink
    }
}

/// A sink, with the member that has it.
pub(super) struct Sink {
    pub(super) name: String,
    pub(super) at: At,
    pub(super) lease: Lease,
}

impl Sink {
    /// What is handed over of [`SOURCE`], at most so many.
    pub(super) async fn hand_over(&mut self, most: u32) -> Result<Handover, CommitError> {
        let transaction = self.at.connection.fenced(&self.lease).await?;
        transaction.hand_over(&self.name, SOURCE, most).await
    }

    pub(super) async fn delivered(&mut self, handover: &Handover) -> Result<(), CommitError> {
        let transaction = self.at.connection.fenced(&self.lease).await?;
        transaction.delivered(&self.name, handover).await
    }

    /// Takes everything that waits, and returns it.
    pub(super) async fn take(&mut self) -> Vec<Change> {
        let mut taken = Vec::new();
        loop {
            let handover = self.hand_over(100).await.unwrap();
            if handover.is_empty() {
                return taken;
            }
            self.delivered(&handover).await.unwrap();
            taken.extend(handover.entries);
        }
    }

    pub(super) async fn position(&mut self) -> Position {
        let position = self.at.connection.position(&self.name, SOURCE).await;
        position.unwrap().unwrap().1
    }
}

/// A member with a connection.
pub(super) struct At {
    pub(super) leases: Leases,
    pub(super) connection: Connection,
}

impl At {
    /// Claims at most one of these units.
    pub(super) async fn claim(&mut self, units: &[&str]) -> Option<Lease> {
        let claimed = self.leases.claim(&mut self.connection, units, 1).await.unwrap();
        claimed.into_iter().next().map(|claimed| claimed.lease)
    }
}

pub(super) fn meeting(id: &str) -> Meeting {
    fixture::meeting(id, 1_773_136_800, 1_773_140_400)
}

/// The steps of the first reading of a room, which has these meetings.
pub(super) fn first_reading(meetings: Vec<Meeting>) -> Steps<()> {
    let reading = Reading {
        change: collector_commit::Change::Complete,
        meetings,
        window: Window::ALWAYS,
        cursor: None,
        drops: 0,
    };
    let compared = Commit::new(Known::default(), reading).compare(Vec::new());
    let Ok::<_, std::convert::Infallible>(steps) = compared.steps(1_000, |_| Ok(None));
    steps
}

/// What is told of steps in the room 1.
pub(super) fn told(steps: &Steps<()>) -> ToldChanges<'_> {
    let mut changes = ToldChanges::of(SOURCE);
    for told in steps.told() {
        changes.withdraw_of(1, told);
        changes.add(1, 1_000, told);
    }
    changes
}

/// Adds meetings of these ids under a lease, and returns the last number.
pub(super) async fn add(
    connection: &mut Connection,
    lease: &Lease,
    ids: &[&str],
) -> Result<Option<i64>, CommitError> {
    let steps = first_reading(ids.iter().map(|id| meeting(id)).collect());
    let transaction = connection.fenced(lease).await?;
    let numbers = transaction.commit_and_tell(&told(&steps)).await?;
    Ok(numbers.map(|numbers| *numbers.end()))
}

/// A complete reading of a room at contoso.com, which has these meetings.
pub(super) fn reading(room: &str, meetings: Vec<Meeting>) -> RoomReading {
    RoomReading {
        room: RoomAddress::new(&format!("{room}@contoso.com")),
        reading: Reading {
            change: collector_commit::Change::Complete,
            meetings,
            window: Window::ALWAYS,
            cursor: Some("next".into()),
            drops: 0,
        },
    }
}

/// The same, with what a writer finds: a meeting of its own, which says in which slice it was found last, and one that all find.
pub(super) fn found(room: usize, writer: usize, slice: usize) -> RoomReading {
    let own = Meeting {
        subject: Subject::Text(format!("slice {slice}")),
        ..meeting(&format!("writer {writer}"))
    };
    reading(&format!("room{room}"), vec![own, meeting("all")])
}

/// The same, with meetings of these ids.
pub(super) fn read(room: &str, ids: &[&str]) -> RoomReading {
    reading(room, ids.iter().map(|id| meeting(id)).collect())
}

/// Commits a slice of [`SOURCE`].
pub(super) async fn commit(
    connection: &mut Connection,
    lease: &Lease,
    slice: Vec<RoomReading>,
) -> Result<(), CommitError> {
    let transaction = connection.fenced(lease).await?;
    transaction.commit_slice(SOURCE, slice, 1_000).await.map(drop)
}
