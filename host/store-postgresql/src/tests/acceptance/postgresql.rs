//! The store in PostgreSQL, as the cases see it: in a schema of its own, with two members.

mod forgetting;
mod passes;
mod showing;
mod sinks;
mod touched;
mod usage;

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use collector_commit::{Booking, History, Reading, RoomChanges, RoomReading, Spans};
use collector_model::change::Change;
use collector_model::meeting::{Meeting, Status, Subject};
use collector_model::pass::Places;
use collector_model::room::{Room, RoomAddress};
use e2e::PostgresServer;
use tokio::sync::OnceCell;
use tokio_postgres::{Client, Row};

use super::state::{Listed, ROOMS, RoomState, State};
use super::{Collected, Outgoing as _, Refused, SINK, Writer};
use crate::{CommitError, Connection, Database, Fenced, Lease, Leases, Terms};

/// The name of the source in the cases.
const SOURCE: &str = "contoso";
/// The meetings of a room, or what is gone.
const COLUMNS: &str = "id, series, start_at, end_at, all_day, status::bigint, first_seen, removed_at, coalesce(read_before, '{}')";

pub(super) struct PostgreSql {
    source: String,
    members: [Member; 2],
    /// Looks at the tables, past the store.
    client: Client,
    /// The leases of sinks, by their names, and of the chore.
    deliveries: HashMap<String, Lease>,
}

struct Member {
    leases: Leases,
    connection: Connection,
    /// The last one that it got, whether or not it still counts.
    lease: Option<Lease>,
}

impl PostgreSql {
    /// In the same database as all others.
    pub(super) async fn new() -> Self {
        static DATABASE: OnceCell<String> = OnceCell::const_new();
        static SCHEMAS: AtomicUsize = AtomicUsize::new(0);
        let server = PostgresServer::shared().unwrap();
        let name = DATABASE
            .get_or_init(|| async { server.database().await.unwrap().0 })
            .await;
        let schema = format!("acceptance_{}", SCHEMAS.fetch_add(1, Ordering::Relaxed));
        let url = format!("{}?sslmode=disable", server.url(name)).parse().unwrap();
        let password = PostgresServer::PASSWORD.into();
        let database = Database::new(&url, Some(&password), None, schema.clone()).unwrap();
        database.prepare().await.unwrap();
        let client = server.client(name).await.unwrap();
        client
            .batch_execute(&format!("SET search_path TO {schema}"))
            .await
            .unwrap();
        let database = &database;
        let member = |id| async move {
            Member {
                leases: Leases::new(id, Terms::default()),
                connection: database.connect().await.unwrap(),
                lease: None,
            }
        };
        let mut store = Self {
            source: String::new(),
            members: [member("a").await, member("b").await],
            client,
            deliveries: HashMap::new(),
        };
        store.begin(SOURCE).await;
        store
    }

    /// Begins anew with a source: nothing else is stored.
    pub(super) async fn begin(&mut self, source: &str) {
        source.clone_into(&mut self.source);
        self.client
            .batch_execute(
                "TRUNCATE unit, fence, stream, source, sink, sink_position, pass, touched, room, space, usage_source RESTART IDENTITY CASCADE;
                 UPDATE retention SET kept_at = NULL, held = NULL",
            )
            .await
            .unwrap();
        self.deliveries.clear();
        let connection = &mut self.members[0].connection;
        connection
            .add_units(&[&format!("source/{source}")])
            .await
            .unwrap();
        connection.add_streams(&[source]).await.unwrap();
        for member in &mut self.members {
            member.lease = None;
        }
        self.set_sinks(&[SINK]).await;
        self.take_over(Writer::A).await;
    }

    /// A transaction of a member under the last lease of the source that it got.
    async fn of_source(&mut self, who: Writer) -> Result<Fenced<'_>, Refused> {
        let Member {
            connection, lease, ..
        } = &mut self.members[who as usize];
        let Some(lease) = lease else { return Err(Refused) };
        refused(connection.fenced(lease).await)
    }

    async fn rows(&self, query: &str, room: &str) -> Vec<Row> {
        let query = query.replace(
            "{room}",
            "(SELECT number FROM room WHERE source = $1 AND address = $2)",
        );
        self.client.query(&query, &[&self.source, &room]).await.unwrap()
    }

    async fn room(&self, address: &str) -> RoomState {
        let found = self
            .rows(
                "SELECT listed, name, building, capacity, lists, cursor, known_from, coalesce(spans, '{}'),
                    meetings = (SELECT count(*) FROM meeting WHERE meeting.room = number)
                 FROM room LEFT JOIN reading ON room = number WHERE source = $1 AND address = $2",
                address,
            )
            .await;
        let Some(row) = found.first() else {
            return RoomState::default();
        };
        assert!(row.get::<_, bool>(8), "the counter of {address}");
        let meetings = self
            .rows(
                "SELECT id, series, subject, withheld, start_at, end_at, all_day, status::bigint
                 FROM meeting WHERE room = {room} ORDER BY start_at, id",
                address,
            )
            .await;
        let bookings = self
            .rows(
                &format!("SELECT {COLUMNS} FROM meeting WHERE room = {{room}} UNION ALL SELECT {COLUMNS} FROM gone WHERE room = {{room}} ORDER BY 3, 1"),
                address,
            )
            .await;
        RoomState {
            listed: row.get::<_, bool>(0).then(|| Listed {
                name: row.get(1),
                building: row.get(2),
                capacity: row
                    .get::<_, Option<i64>>(3)
                    .map(|seats| u32::try_from(seats).unwrap()),
                lists: row.get(4),
                meetings: meetings.iter().map(meeting).collect(),
            }),
            cursor: row.get(5),
            known_from: row.get(6),
            read: spans(row.get(7)),
            bookings: bookings.iter().map(booking).collect(),
        }
    }
}

fn spans(ends: Vec<i64>) -> Spans {
    let mut spans = Spans::default();
    for span in ends.chunks(2) {
        assert!(spans.add(span[0], span[1]));
    }
    spans
}

fn meeting(row: &Row) -> Meeting {
    Meeting {
        id: row.get(0),
        series: row.get(1),
        subject: Subject::of_stored(row.get(2), row.get(3)),
        start: row.get(4),
        end: row.get(5),
        all_day: row.get(6),
        status: Status::of_number(row.get(7)),
    }
}

fn booking(row: &Row) -> Booking {
    Booking {
        id: row.get(0),
        series: row.get(1),
        start: row.get(2),
        end: row.get(3),
        all_day: row.get(4),
        status: Status::of_number(row.get(5)),
        history: History {
            first_seen: row.get(6),
            removed_at: row.get(7),
            read_before: spans(row.get(8)),
        },
    }
}

/// Whether it was refused because another has taken over; it may fail of nothing else.
fn refused<T>(done: Result<T, CommitError>) -> Result<T, Refused> {
    done.map_err(|error| match error {
        CommitError::Lost(_) => Refused,
        other => panic!("{other:?}"),
    })
}

impl Collected for PostgreSql {
    const FENCES: bool = true;

    async fn take_over(&mut self, who: Writer) {
        let unit = format!("source/{}", self.source);
        self.client
            .execute(
                "UPDATE unit SET expires_at = '-infinity' WHERE name = $1",
                &[&unit],
            )
            .await
            .unwrap();
        let Member {
            leases,
            connection,
            lease,
        } = &mut self.members[who as usize];
        let claimed = leases.claim(connection, &[&unit], 1).await.unwrap();
        *lease = claimed.into_iter().next().map(|claimed| claimed.lease);
    }

    async fn list(&mut self, who: Writer, rooms: &[Room], unread: &[String]) -> Result<(), Refused> {
        let source = self.source.clone();
        let transaction = self.of_source(who).await?;
        refused(transaction.commit_rooms(&source, rooms, unread).await)
    }

    async fn commit(
        &mut self,
        who: Writer,
        readings: Vec<(RoomAddress, Reading)>,
        now: i64,
    ) -> Result<Vec<RoomChanges>, Refused> {
        let source = self.source.clone();
        let readings = readings
            .into_iter()
            .map(|(room, reading)| RoomReading { room, reading })
            .collect();
        let transaction = self.of_source(who).await?;
        refused(transaction.commit_slice(&source, readings, now).await)
    }

    async fn set_viewing(&mut self, viewing: bool) {
        // Whoever has the source.
        let connection = &mut self.members[1].connection;
        connection.set_viewing(&[(&self.source, viewing)]).await.unwrap();
    }

    async fn drops(&mut self) -> i64 {
        let connection = &mut self.members[0].connection;
        connection
            .cursors(Places::Rooms, &self.source, &[])
            .await
            .unwrap()
            .drops
    }

    async fn told(&mut self) -> Vec<Change> {
        let mut told = Vec::new();
        loop {
            let handover = self.hand_over(SINK, 1_000).await;
            if handover.is_empty() {
                return told;
            }
            self.delivered(SINK, &handover).await;
            told.extend(handover.entries);
        }
    }

    async fn state(&mut self) -> State {
        let mut state = State::default();
        for room in ROOMS {
            state.rooms.push(self.room(room).await);
        }
        let connection = &mut self.members[0].connection;
        let cursors = connection
            .cursors(Places::Rooms, &self.source, &ROOMS)
            .await
            .unwrap();
        let stored = state.rooms.iter().map(|room| room.cursor.clone());
        assert_eq!(cursors.each, stored.collect::<Vec<_>>());
        let counts = self
            .client
            .query_one(
                "SELECT count(*), coalesce(sum(meetings), 0)::bigint FROM room WHERE source = $1",
                &[&self.source],
            )
            .await
            .unwrap();
        state.known = counts.get::<_, i64>(0).try_into().unwrap();
        state.meetings = counts.get::<_, i64>(1).try_into().unwrap();
        state
    }
}
