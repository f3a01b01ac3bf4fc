//! Changes of a commit on their way into the outbox.

use std::borrow::Cow;

use collector_commit::Told;
use collector_postgresql::Problem;
use collector_postgresql::value::text;
use tokio_postgres::Transaction;
use tokio_postgres::types::{ToSql, Type};

/// Changes of one source that are told with a commit, in this order.
#[derive(Debug)]
pub struct ToldChanges<'a> {
    source: String,
    kind: Vec<i64>,
    at: Vec<i64>,
    room: Vec<i64>,
    id: Vec<Cow<'a, str>>,
    series: Vec<Option<Cow<'a, str>>>,
    subject: Vec<Option<Cow<'a, str>>>,
    withheld: Vec<bool>,
    start: Vec<i64>,
    end: Vec<i64>,
    all_day: Vec<bool>,
    status: Vec<i64>,
    /// Rooms, ids, and whether a subject is withheld, of meetings of which no subject may be told any more.
    withdrawn: (Vec<i64>, Vec<Cow<'a, str>>, Vec<bool>),
}

impl<'a> ToldChanges<'a> {
    /// No changes yet, of this source.
    pub fn of(source: impl Into<String>) -> Self {
        Self {
            source: source.into(),
            kind: Vec::new(),
            at: Vec::new(),
            room: Vec::new(),
            id: Vec::new(),
            series: Vec::new(),
            subject: Vec::new(),
            withheld: Vec::new(),
            start: Vec::new(),
            end: Vec::new(),
            all_day: Vec::new(),
            status: Vec::new(),
            withdrawn: (Vec::new(), Vec::new(), Vec::new()),
        }
    }

    /// Adds a change of a room by its number in the store, at a UTC second.
    pub fn add(&mut self, room: i64, at: i64, told: Told<'a>) {
        let meeting = told.meeting;
        self.kind.push(told.kind.number());
        self.at.push(at);
        self.room.push(room);
        self.id.push(text(&meeting.id));
        self.series.push(meeting.series.as_deref().map(text));
        self.subject.push(told.subject.map(text));
        self.withheld.push(told.is_withheld());
        self.start.push(meeting.start);
        self.end.push(meeting.end);
        self.all_day.push(meeting.all_day);
        self.status.push(meeting.status.number());
    }

    /// Removes the subject of a meeting of a room from earlier changes that still wait, if the change withdraws it.
    pub fn withdraw_of(&mut self, room: i64, told: Told<'a>) {
        if told.withdraws {
            let (rooms, ids, withheld) = &mut self.withdrawn;
            rooms.push(room);
            ids.push(text(&told.meeting.id));
            withheld.push(told.is_withheld());
        }
    }

    /// Whether there are none to put into the outbox.
    pub fn is_empty(&self) -> bool {
        self.kind.is_empty()
    }

    pub(crate) fn source(&self) -> &String {
        &self.source
    }

    /// How many there are.
    pub(crate) fn count(&self) -> i64 {
        i64::try_from(self.kind.len()).unwrap_or(i64::MAX)
    }

    /// The columns of the outbox from `kind` on.
    pub(crate) fn columns(&self) -> [(&(dyn ToSql + Sync), Type); 11] {
        [
            (&self.kind, Type::INT8_ARRAY),
            (&self.at, Type::INT8_ARRAY),
            (&self.room, Type::INT8_ARRAY),
            (&self.id, Type::TEXT_ARRAY),
            (&self.series, Type::TEXT_ARRAY),
            (&self.subject, Type::TEXT_ARRAY),
            (&self.withheld, Type::BOOL_ARRAY),
            (&self.start, Type::INT8_ARRAY),
            (&self.end, Type::INT8_ARRAY),
            (&self.all_day, Type::BOOL_ARRAY),
            (&self.status, Type::INT8_ARRAY),
        ]
    }

    /// Removes subjects from earlier changes that still wait.
    pub(crate) async fn withdraw(&self, transaction: &Transaction<'_>) -> Result<(), Problem> {
        let (rooms, ids, withheld) = &self.withdrawn;
        if !rooms.is_empty() {
            transaction
                .execute_typed(
                    "UPDATE outbox SET subject = NULL, withheld = gone.withheld
                     FROM unnest($1::bigint[], $2::text[], $3::boolean[]) AS gone (room, id, withheld)
                     WHERE (outbox.room, outbox.id) = (gone.room, gone.id)",
                    &[
                        (rooms, Type::INT8_ARRAY),
                        (ids, Type::TEXT_ARRAY),
                        (withheld, Type::BOOL_ARRAY),
                    ],
                )
                .await?;
        }
        Ok(())
    }
}
