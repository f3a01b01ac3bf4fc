//! Whatever happens in whatever order, both stores hold the same and tell the same.

use collector_model::fixture::meeting;
use std::cell::RefCell;

use collector_commit::{Change as Read, Handover, Reading};
use collector_model::change::Change;
use collector_model::meeting::{Meeting, Status, Subject};
use collector_model::window::Window;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::postgresql::PostgreSql;
use super::sqlite::Sqlite;
use super::state::{ROOMS, Reader, address, cases, room};
use super::{Collected, Figuring, Forgetting, Outgoing, Refused, SINK, Touching, Writer};

/// What happens.
#[derive(Debug, Clone)]
enum Event {
    /// A writer commits a slice of rooms, each at most once. True: it began to read before the event that came last.
    Read(Writer, Vec<(usize, Read, i64, Vec<Meeting>)>, bool),
    /// These rooms are found, with a key and a list of this number, while these lists cannot be read.
    Find(Writer, Vec<(usize, u8, u8)>, Vec<u8>),
    /// Subjects are shown or hidden.
    View(bool),
    TakeOver(Writer),
    /// What waits is told.
    Tell,
    /// What waits is on its way, and does not arrive.
    Fail,
    /// The same, and the sink refuses the first of it by room and id.
    Refuse,
    /// What was refused is tried again.
    Retry,
    /// What was refused is given up.
    Skip,
    /// The sink gets everything again.
    Refill,
    /// The sink is removed or, if it was, comes again.
    Replace,
    /// Changes have another identity from now on.
    Renew,
    /// What ended before an instant is forgotten.
    Forget(i64),
    /// The subjects are purged by the first writer.
    Purge,
    /// The source is forgotten by the first writer, and added again.
    ForgetSource,
}

fn writer() -> impl Strategy<Value = Writer> {
    prop_oneof![Just(Writer::A), Just(Writer::B)]
}

/// A meeting of 1,000 seconds or less, or of no length.
fn some_meeting() -> impl Strategy<Value = Meeting> {
    let parts = (0..5_u8, 18..46_i64, 0..3_i64, 0..3_i64, 0..3_u8, 0..2_u8);
    parts.prop_map(|(id, start, length, status, subject, series)| Meeting {
        status: Status::of_number(status),
        subject: match subject {
            0 => Subject::None,
            1 => Subject::Text(String::new()),
            _ => Subject::Text("Review".to_owned()),
        },
        series: (series == 0).then(|| "series".to_owned()),
        all_day: series == 1,
        ..meeting(&id.to_string(), start * 50, start * 50 + length * 100)
    })
}

fn some_reading() -> impl Strategy<Value = (usize, Read, i64, Vec<Meeting>)> {
    let change = prop_oneof![4 => Just(Read::Complete), 1 => Just(Read::Changes)];
    let meetings = prop::collection::vec(some_meeting(), 0..5);
    (0..ROOMS.len(), change, 0..4_i64, meetings).prop_map(|(room, change, from, mut meetings)| {
        let from = 1_000 + from * 100;
        meetings.retain(|meeting| window(from).overlaps(meeting.start, meeting.end));
        (room, change, from, meetings)
    })
}

fn window(from: i64) -> Window {
    Window::new(from, from + 1_000).unwrap()
}

/// Several events, with few different readings, so that some come again.
fn events() -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec(some_reading(), 1..5).prop_flat_map(|readings| {
        let slice = prop::collection::vec(prop::sample::select(readings), 1..4);
        let found = prop::collection::vec((0..ROOMS.len(), 0..2_u8, 0..3_u8), 0..4);
        let event = prop_oneof![
            10 => (writer(), slice, prop::bool::weighted(0.2)).prop_map(|(who, slice, before)| Event::Read(who, slice, before)),
            3 => (writer(), found, prop::collection::vec(0..3_u8, 0..2)).prop_map(|(who, found, unread)| Event::Find(who, found, unread)),
            2 => any::<bool>().prop_map(Event::View),
            2 => writer().prop_map(Event::TakeOver),
            5 => Just(Event::Tell),
            2 => Just(Event::Fail),
            2 => Just(Event::Refuse),
            1 => Just(Event::Retry),
            1 => Just(Event::Skip),
            1 => Just(Event::Refill),
            1 => Just(Event::Replace),
            1 => Just(Event::Renew),
            1 => (1_000..2_000_i64).prop_map(Event::Forget),
            1 => Just(Event::Purge),
            1 => Just(Event::ForgetSource),
        ];
        prop::collection::vec(event, 1..30)
    })
}

fn list(number: u8) -> String {
    format!("list{number}@contoso.com")
}

/// Both stores, and what has happened.
struct Both<'a> {
    sqlite: Sqlite,
    postgresql: &'a mut PostgreSql,
    holder: Writer,
    /// How often cursors had been dropped after the last event, and before it.
    drops: [i64; 2],
    readers: [Reader; 2],
}

impl Both<'_> {
    /// Lets an event happen to both, and compares what they answer. SQLite would not refuse a former holder, so there it does nothing.
    async fn happens(&mut self, event: &Event, now: i64) -> Result<(), TestCaseError> {
        match event {
            Event::Read(who, slice, before) => {
                let mut rooms: Vec<usize> = Vec::new();
                let mut readings = Vec::new();
                for (room, change, from, meetings) in slice {
                    if rooms.contains(room) {
                        continue;
                    }
                    rooms.push(*room);
                    let reading = || Reading {
                        change: *change,
                        meetings: meetings.clone(),
                        window: window(*from),
                        cursor: (*from != 1_100).then(|| format!("cursor {from}")),
                        drops: self.drops[usize::from(*before)],
                    };
                    readings.push([(address(*room), reading()), (address(*room), reading())]);
                }
                let (mut one, mut other) = (Vec::new(), Vec::new());
                for [reading, again] in readings {
                    one.push(reading);
                    other.push(again);
                }
                let expected = if *who == self.holder {
                    self.sqlite.commit(*who, one, now).await
                } else {
                    Err(Refused)
                };
                prop_assert_eq!(self.postgresql.commit(*who, other, now).await, expected);
            }
            Event::Find(who, found, unread) => {
                let found: Vec<_> = found
                    .iter()
                    .map(|(number, key, of)| {
                        let mut found = room(*number, &format!("Conf {key}"));
                        found.key = format!("key {key}");
                        found.lists = if *of == 0 { Vec::new() } else { vec![list(*of)] };
                        found
                    })
                    .collect();
                let unread: Vec<String> = unread.iter().map(|number| list(*number)).collect();
                let expected = if *who == self.holder {
                    self.sqlite.list(*who, &found, &unread).await
                } else {
                    Err(Refused)
                };
                prop_assert_eq!(self.postgresql.list(*who, &found, &unread).await, expected);
            }
            Event::View(viewing) => {
                self.sqlite.set_viewing(*viewing).await;
                self.postgresql.set_viewing(*viewing).await;
            }
            Event::TakeOver(who) => {
                self.postgresql.take_over(*who).await;
                self.holder = *who;
            }
            Event::Tell => self.tell().await?,
            Event::Fail => self.fail().await.map(drop)?,
            Event::Refuse => {
                if let Some([one, other]) = self.fail().await? {
                    self.sqlite.refuse(SINK, &one, "too long").await;
                    self.postgresql.refuse(SINK, &other, "too long").await;
                }
            }
            Event::Retry => {
                let changes = self.sqlite.retry(SINK).await;
                prop_assert_eq!(self.postgresql.retry(SINK).await, changes);
            }
            Event::Skip => {
                let changes = self.sqlite.skip(SINK).await;
                prop_assert_eq!(self.postgresql.skip(SINK).await, changes);
            }
            Event::Refill => {
                self.sqlite.refill(SINK).await;
                self.postgresql.refill(SINK).await;
            }
            Event::Replace => {
                let sinks: &[&str] = match self.sqlite.sinks().await.is_empty() {
                    true => &[SINK],
                    false => &[],
                };
                let new_and_gone = self.sqlite.set_sinks(sinks).await;
                prop_assert_eq!(self.postgresql.set_sinks(sinks).await, new_and_gone);
            }
            Event::Forget(instant) => {
                let forgotten = self.sqlite.forget_before(*instant).await;
                prop_assert_eq!(self.postgresql.forget_before(*instant).await, forgotten);
            }
            Event::Purge if self.holder == Writer::A => {
                let purged = self.sqlite.purge_subjects().await;
                prop_assert_eq!(self.postgresql.purge_subjects().await, purged);
            }
            Event::ForgetSource if self.holder == Writer::A => {
                let forgotten = self.sqlite.forget_source().await;
                prop_assert_eq!(self.postgresql.forget_source().await, forgotten);
                self.postgresql.add_source().await;
                // Whoever knew the rooms is told them again, as if they were new.
                self.readers.iter_mut().for_each(Reader::forget);
            }
            Event::Purge | Event::ForgetSource => {}
            Event::Renew => {
                self.sqlite.renew_identity().await;
                self.postgresql.renew_identity().await;
            }
        }
        let drops = self.sqlite.drops().await;
        prop_assert_eq!(self.postgresql.drops().await, drops);
        self.drops = [drops, self.drops[0]];
        let waiting = waiting(&mut self.sqlite).await;
        prop_assert_eq!(waiting, self::waiting(self.postgresql).await);
        let touched = self.sqlite.take_touched().await;
        prop_assert_eq!(self.postgresql.take_touched().await, touched);
        self.tell_figures(1_000 + now % 10 * 100).await
    }

    /// Compares what figures read of the rooms around an instant.
    async fn tell_figures(&mut self, instant: i64) -> Result<(), TestCaseError> {
        let (one, other) = (&mut self.sqlite, &mut *self.postgresql);
        let end = instant + 150;
        let bookings = one.bookings(instant, end).await;
        prop_assert_eq!(other.bookings(instant, end).await, bookings);
        let times = one.booking_times(instant, end).await;
        prop_assert_eq!(other.booking_times(instant, end).await, times);
        for only_removed in [false, true] {
            let starts = one.booking_starts(instant, only_removed).await;
            prop_assert_eq!(other.booking_starts(instant, only_removed).await, starts);
        }
        Ok(())
    }

    /// Hands over all that waits. Returns the first change of both stores by room and id.
    async fn fail(&mut self) -> Result<Option<[Change; 2]>, TestCaseError> {
        let first = |handover: Handover| {
            let mut entries = handover.entries;
            entries
                .sort_by(|one, other| (&one.room, one.meeting_id()).cmp(&(&other.room, other.meeting_id())));
            entries.into_iter().next()
        };
        let one = first(self.sqlite.hand_over(SINK, 1_000).await);
        let other = first(self.postgresql.hand_over(SINK, 1_000).await);
        let what = |change: &Option<Change>| {
            change
                .as_ref()
                .map(|change| (change.room.clone(), change.what.clone()))
        };
        prop_assert_eq!(what(&one), what(&other));
        Ok(one.zip(other).map(<[Change; 2]>::from))
    }

    async fn tell(&mut self) -> Result<(), TestCaseError> {
        let [one, other] = &mut self.readers;
        let (one_told, other_told) = (
            one.take(&self.sqlite.told().await),
            other.take(&self.postgresql.told().await),
        );
        prop_assert_eq!(one_told, other_told);
        let known = |reader: &Reader| {
            let mut rooms = reader.rooms.clone();
            rooms.retain(|_, meetings| !meetings.is_empty());
            rooms
        };
        prop_assert_eq!(known(one), known(other));
        Ok(())
    }
}

/// How many rooms the sink gets as a whole, and what it refused, by room and id. SQLite may count too many changes until they are handed over, so they are
/// not compared here.
async fn waiting(store: &mut impl Outgoing) -> (Vec<(u64, u64)>, Vec<(String, String)>) {
    let sinks = store.sinks().await.into_iter();
    let aside = store.set_aside().await.into_iter();
    let mut aside: Vec<_> = aside.map(|aside| (aside.room, aside.id)).collect();
    aside.sort();
    (sinks.map(|sink| (sink.refill, sink.set_aside)).collect(), aside)
}

#[test]
fn both_stores_hold_the_same_and_tell_the_same() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    // Each case has a source of its own in it.
    let postgresql = RefCell::new((runtime.block_on(PostgreSql::new()), 0_u32));
    let mut runner = TestRunner::new(ProptestConfig {
        source_file: Some(file!()),
        ..ProptestConfig::with_cases(cases())
    });
    let outcome = runner.run(&events(), |events| {
        let (postgresql, number) = &mut *postgresql.borrow_mut();
        *number += 1;
        runtime.block_on(async {
            postgresql.begin(&format!("sequence {number}")).await;
            let mut both = Both {
                sqlite: Sqlite::in_memory(),
                postgresql,
                holder: Writer::A,
                drops: [0, 0],
                readers: [Reader::of_anything(), Reader::of_anything()],
            };
            for (now, event) in (1_600..).zip(&events) {
                both.happens(event, now).await?;
                prop_assert_eq!(both.sqlite.state().await, both.postgresql.state().await);
            }
            both.tell().await
        })
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
