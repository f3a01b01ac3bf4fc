//! Whatever is reported, pushed and forgotten in whatever order, both stores hold the same records and tell figures the same.

use std::cell::RefCell;
use std::collections::BTreeMap;

use collector_commit::Expiry;
use collector_commit::usage::{SpaceReading, Told};
use collector_model::pass::Places;
use collector_model::usage::{CoverageRecord, Form, Kind, Origin, Record, State, UsageRecord, Value};
use collector_model::window::Window;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::postgresql::PostgreSql;
use super::spaces::space;
use super::sqlite::Sqlite;
use super::state::cases;
use super::{Collected, Forgetting, Outgoing, Passing, Recording, Refused, Showing, Touching, Writer};

const SPACES: [&str; 3] = ["x", "y", "z"];
/// Records lie in the first days of a week, each some hours apart. Some last for longer than two days.
const HOUR: i64 = 60 * 60;

/// What happens.
#[derive(Debug, Clone)]
enum Event {
    /// Records are pushed.
    Push(Vec<Record>),
    /// A writer commits what was read of spaces, each at most once. True: it began to read before the event that came last.
    Read(Writer, Vec<(usize, Vec<Record>, bool)>, bool),
    /// These spaces are found, each at most once, which may be a part of them.
    Find(Writer, Vec<(usize, u8)>, bool),
    /// A device tells these kinds, while these records come.
    Post(bool, u8, Vec<Record>),
    /// Cursors of the source are dropped.
    Drop,
    /// Changes have another identity from now on.
    Renew,
    TakeOver(Writer),
    /// What says nothing from an instant on is forgotten.
    Forget(i64),
    /// The source is forgotten by the first writer, and added again.
    ForgetSource,
    /// What is touched is taken.
    Take,
}

fn instant() -> impl Strategy<Value = i64> {
    (0..40_i64).prop_map(|step| step * 2 * HOUR)
}

fn some_origin() -> impl Strategy<Value = Origin> {
    let parts = (
        0..SPACES.len(),
        any::<bool>(),
        0..6_u8,
        1..4_u64,
        prop::bool::weighted(0.2),
    );
    parts.prop_map(|(space, has_device, key, revision, withdrawn)| Origin {
        source: "contoso".into(),
        space: SPACES[space].into(),
        device: has_device.then(|| "d".to_owned()),
        key: key.to_string(),
        revision,
        withdrawn,
    })
}

fn some_record() -> impl Strategy<Value = Record> {
    let usage = (
        some_origin(),
        0..3_usize,
        0..4_usize,
        instant(),
        instant(),
        0..3_u32,
    )
        .prop_map(|(origin, kind, form, one, other, value)| {
            let kind = [Kind::Call, Kind::Presence, Kind::PeopleCount][kind];
            let form = Form::ALL[form];
            let (start, end) = (one.min(other), one.max(other));
            Record::Usage(UsageRecord {
                origin,
                kind,
                form,
                start,
                end: match form {
                    Form::Interval => (one <= other).then_some(end),
                    Form::Bucket => Some(end + HOUR),
                    Form::Change | Form::Sample => None,
                },
                value: match (kind, form) {
                    (Kind::PeopleCount, _) | (_, Form::Bucket) => Value::Number(value),
                    _ => Value::Is(value > 0),
                },
                resolution: (value > 1).then_some(36_000),
            })
        });
    let coverage = (some_origin(), 1..4_u8, any::<bool>(), instant(), instant()).prop_map(
        |(origin, kinds, observed, one, other)| {
            let mut named = Vec::new();
            named.extend((kinds & 1 != 0).then_some(Kind::Call));
            named.extend((kinds & 2 != 0).then_some(Kind::Presence));
            Record::Coverage(CoverageRecord {
                origin,
                kinds: named,
                start: one.min(other),
                end: one.max(other) + HOUR,
                state: if observed { State::Observed } else { State::Blind },
                reason: (!observed).then(|| "off".to_owned()),
            })
        },
    );
    prop_oneof![3 => usage, 1 => coverage]
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let writer = || prop_oneof![3 => Just(Writer::A), 1 => Just(Writer::B)];
    let records = || prop::collection::vec(some_record(), 0..8);
    let slice = prop::collection::vec((0..SPACES.len(), records(), any::<bool>()), 1..4);
    let found = prop::collection::vec((0..SPACES.len(), 0..2_u8), 0..4);
    let event = prop_oneof![
        8 => records().prop_map(Event::Push),
        5 => (writer(), slice, prop::bool::weighted(0.2)).prop_map(|(who, slice, before)| Event::Read(who, slice, before)),
        3 => (writer(), found, any::<bool>()).prop_map(|(who, found, part)| Event::Find(who, found, part)),
        2 => (any::<bool>(), 0..8_u8, records()).prop_map(|(has_device, kinds, records)| Event::Post(has_device, kinds, records)),
        1 => Just(Event::Drop),
        1 => Just(Event::Renew),
        1 => writer().prop_map(Event::TakeOver),
        3 => instant().prop_map(Event::Forget),
        1 => Just(Event::ForgetSource),
        4 => Just(Event::Take),
    ];
    prop::collection::vec(event, 1..25)
}

/// Both stores, and what has happened.
struct Both<'a> {
    sqlite: Sqlite,
    postgresql: &'a mut PostgreSql,
    holder: Writer,
    /// How often cursors had been dropped after the last event, and before it.
    drops: [i64; 2],
    /// Of both, after the last event.
    revisions: [String; 2],
}

impl Both<'_> {
    /// Lets an event happen to both, and compares what they answer. SQLite would not refuse a former holder, so there it does nothing.
    async fn happens(&mut self, event: &Event, now: i64) -> Result<(), TestCaseError> {
        match event {
            Event::Push(records) => {
                let pushed = self.sqlite.push(records, now).await;
                prop_assert_eq!(in_case(self.postgresql.push(records, now).await), in_case(pushed));
            }
            Event::Read(who, slice, before) => {
                let mut slice = slice.clone();
                let mut seen = Vec::new();
                slice.retain(|(space, ..)| {
                    let is_new = !seen.contains(space);
                    seen.push(*space);
                    is_new
                });
                let readings = || {
                    let reading = |(space, records, has_cursor): &(usize, Vec<Record>, bool)| SpaceReading {
                        key: SPACES[*space].into(),
                        records: records.clone(),
                        cursor: has_cursor.then(|| format!("cursor {now}")),
                        drops: self.drops[usize::from(*before)],
                    };
                    slice.iter().map(reading).collect::<Vec<_>>()
                };
                let (one, other) = (readings(), readings());
                let committed = |done: Result<Vec<super::Committed>, Refused>| {
                    let figures = |committed: &super::Committed| {
                        let ahead = (committed.ahead.records, committed.ahead.warnings().len());
                        (committed.changes, ahead, committed.contradicted.clone())
                    };
                    done.map(|done| done.iter().map(figures).collect::<Vec<_>>())
                };
                let expected = if *who == self.holder {
                    self.sqlite.commit_usage(*who, one, now).await
                } else {
                    Err(Refused)
                };
                let done = self.postgresql.commit_usage(*who, other, now).await;
                prop_assert_eq!(committed(done), committed(expected));
            }
            Event::Find(who, found, is_partial) => {
                let found: BTreeMap<usize, u8> = found.iter().copied().collect();
                let found: Vec<_> = found
                    .into_iter()
                    .map(|(number, name)| space(SPACES[number], &format!("Room {name}")))
                    .collect();
                let expected = if *who == self.holder {
                    self.sqlite.list_spaces(*who, &found, *is_partial).await
                } else {
                    Err(Refused)
                };
                let done = self.postgresql.list_spaces(*who, &found, *is_partial).await;
                prop_assert_eq!(done, expected);
            }
            Event::Post(has_device, kinds, records) => {
                let device = Origin {
                    source: "contoso".into(),
                    space: "x".into(),
                    device: has_device.then(|| "d".to_owned()),
                    key: String::new(),
                    revision: 1,
                    withdrawn: false,
                };
                let told = Told::of_stored(Some(now), u32::from(*kinds));
                let blind = (Kind::Call, now);
                let one = self.sqlite.post(&device, told, records, blind).await;
                let other = self.postgresql.post(&device, told, records, blind).await;
                // Of several that begin at once, any is the last.
                let brief = |(told, blind, seen): &(Told, Option<CoverageRecord>, Option<CoverageRecord>)| {
                    let start =
                        |coverage: &Option<CoverageRecord>| coverage.as_ref().map(|coverage| coverage.start);
                    (*told, start(blind), start(seen))
                };
                prop_assert_eq!(brief(&other), brief(&one));
            }
            Event::Drop => {
                for viewing in [false, true] {
                    self.sqlite.set_viewing(viewing).await;
                    self.postgresql.set_viewing(viewing).await;
                }
            }
            Event::Renew => {
                self.sqlite.renew_identity().await;
                self.postgresql.renew_identity().await;
            }
            Event::TakeOver(who) => {
                self.postgresql.take_over(*who).await;
                self.holder = *who;
            }
            Event::Forget(instant) => {
                let expiry = Expiry {
                    meetings: None,
                    usage: Some(*instant),
                };
                self.sqlite.allow_retention(*instant).await;
                self.postgresql.allow_retention(*instant).await;
                let forgotten = self.sqlite.forget_when_allowed(expiry, *instant).await;
                let done = self.postgresql.forget_when_allowed(expiry, *instant).await;
                prop_assert_eq!(done, forgotten);
            }
            Event::ForgetSource if self.holder == Writer::A => {
                let forgotten = self.sqlite.forget_source().await;
                prop_assert_eq!(self.postgresql.forget_source().await, forgotten);
                self.postgresql.add_source().await;
            }
            Event::ForgetSource => {}
            Event::Take => {
                let touched = self.sqlite.take_touched().await;
                prop_assert_eq!(self.postgresql.take_touched().await, touched);
            }
        }
        let drops = self.sqlite.drops().await;
        prop_assert_eq!(self.postgresql.drops().await, drops);
        self.drops = [drops, self.drops[0]];
        let revisions = [self.sqlite.revision().await, self.postgresql.revision().await];
        let [one, other] = [0, 1].map(|store| revisions[store] != self.revisions[store]);
        // In SQLite, the identity is that of the store.
        if !matches!(event, Event::Renew) {
            prop_assert_eq!(other, one, "whether the revision changed");
        }
        self.revisions = revisions;
        self.hold_the_same(now).await
    }

    async fn hold_the_same(&mut self, now: i64) -> Result<(), TestCaseError> {
        let (one, other) = (&mut self.sqlite, &mut *self.postgresql);
        let window = Window::new(now % 40 * 2 * HOUR, 60 * 2 * HOUR).unwrap();
        for window in [Window::ALWAYS, window] {
            prop_assert_eq!(other.records(window, 3).await, one.records(window, 3).await);
        }
        prop_assert_eq!(other.arrived().await, one.arrived().await);
        prop_assert_eq!(other.knows_source().await, one.knows_source().await);
        let name = |spaces: Vec<super::SpaceRecord>| {
            let brief = spaces.into_iter().map(|space| (space.key, space.name));
            brief.collect::<Vec<_>>()
        };
        prop_assert_eq!(name(other.spaces().await), name(one.spaces().await));
        prop_assert_eq!(name(other.known_spaces().await), name(one.known_spaces().await));
        let cursors = one.cursors(Places::Spaces, &SPACES).await;
        prop_assert_eq!(other.cursors(Places::Spaces, &SPACES).await, cursors);
        prop_assert_eq!(
            other.counts(Places::Spaces).await,
            one.counts(Places::Spaces).await
        );
        let (start, end) = (window.start(), window.start() + 12 * HOUR);
        let spaces = ["y", "x"];
        let sorted = |mut records: Vec<Record>| {
            records.sort_by_key(|record| {
                let is_usage = matches!(record, Record::Usage(_));
                (record.origin().key.clone(), is_usage)
            });
            records
        };
        prop_assert_eq!(
            sorted(other.evidence(&spaces, start, end).await),
            sorted(one.evidence(&spaces, start, end).await)
        );
        let (mut buckets, mut again) = (
            one.buckets(&spaces, start, end).await,
            other.buckets(&spaces, start, end).await,
        );
        buckets.sort_unstable();
        again.sort_unstable();
        prop_assert_eq!(again, buckets);
        prop_assert_eq!(other.witnesses(&spaces).await, one.witnesses(&spaces).await);
        Ok(())
    }
}

/// What became of pushed records, and how many devices were found to be ahead: each store calls the source by another name.
fn in_case((puts, warnings): (Vec<super::Put>, Vec<String>)) -> (Vec<super::Put>, usize) {
    (puts, warnings.len())
}

#[test]
fn both_stores_hold_the_same_records_and_tell_figures_the_same() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
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
            let mut sqlite = Sqlite::in_memory();
            let revisions = [sqlite.revision().await, postgresql.revision().await];
            let mut both = Both {
                sqlite,
                postgresql,
                holder: Writer::A,
                drops: [0, 0],
                revisions,
            };
            for (now, event) in (100_000..).zip(&events) {
                both.happens(event, now).await?;
            }
            Ok(())
        })
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
