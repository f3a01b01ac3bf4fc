//! Records that several members store at once, and many of them.

use collector_commit::Expiry;
use collector_commit::usage::{Put, RecordChanges, SpaceReading};
use collector_model::usage::{Form, Kind, Origin, Record, UsageRecord, Value};
use collector_model::window::Window;
use collector_postgresql::Problem;
use tokio_postgres::types::{ToSql, Type};

use super::kit::{At, SOURCE, Stored, UNIT};
use crate::usage::statements;
use crate::{CommitError, Connection};

pub(super) fn change(space: &str, key: &str, revision: u64, start: i64) -> Record {
    Record::Usage(UsageRecord {
        origin: Origin {
            source: SOURCE.into(),
            space: space.into(),
            device: None,
            key: key.into(),
            revision,
            withdrawn: false,
        },
        kind: Kind::Presence,
        form: Form::Change,
        start,
        end: None,
        value: Value::Is(true),
        resolution: None,
    })
}

pub(super) async fn push(connection: &mut Connection, records: &[Record]) -> Result<Vec<Put>, CommitError> {
    let mut batch = connection.usage_batch(SOURCE).await?;
    let puts = batch.put(records).await?;
    batch.commit().await?;
    Ok(puts)
}

async fn all(at: &mut At) -> Vec<Record> {
    let mut records = Vec::new();
    let each = |record| {
        records.push(record);
        Ok::<_, Problem>(())
    };
    at.connection.usage(&[], Window::ALWAYS, each).await.unwrap();
    records
}

#[tokio::test(flavor = "multi_thread")]
async fn of_records_that_members_push_at_once_the_highest_revision_counts() {
    const MEMBERS: u64 = 4;
    const BATCHES: u64 = 20;
    let stored = Stored::new().await;
    let mut pushing = Vec::new();
    for member in 0..MEMBERS {
        let mut connection = stored.database.connect().await.unwrap();
        pushing.push(tokio::spawn(async move {
            let mut changes = RecordChanges::default();
            for batch in 0..BATCHES {
                // Each key comes from everybody, in another order.
                let key = (batch * (2 * member + 1)) % BATCHES;
                let revision = batch * MEMBERS + member + 1;
                let records = ["x", "y"].map(|space| {
                    let key = format!("{space} {key}");
                    change(space, &key, revision, revision.try_into().unwrap())
                });
                let puts = push(&mut connection, &records).await.unwrap();
                puts.into_iter().for_each(|put| changes.count(put));
            }
            changes
        }));
    }
    let mut changes = RecordChanges::default();
    for pushed in pushing {
        changes += pushed.await.unwrap();
    }
    assert_eq!(changes.all(), 2 * MEMBERS * BATCHES);
    let mut a = stored.member("a").await;
    let left = all(&mut a).await;
    assert_eq!((changes.new, changes.contradicted), (left.len() as u64, 0));
    for record in left {
        let highest = (0..MEMBERS)
            .flat_map(|member| (0..BATCHES).map(move |batch| (member, batch)))
            .filter(|(member, batch)| {
                let origin = record.origin();
                origin.key == format!("{} {}", origin.space, (batch * (2 * member + 1)) % BATCHES)
            })
            .map(|(member, batch)| batch * MEMBERS + member + 1)
            .max();
        assert_eq!(Some(record.origin().revision), highest);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_read_pushed_and_forgotten_side_by_side() {
    const ROUNDS: i64 = 15;
    let stored = Stored::new().await;
    let (mut a, mut b) = (stored.member("a").await, stored.member("b").await);
    let chore = "chore/retention";
    b.connection.add_units(&[chore]).await.unwrap();
    let (lease, forgetting) = (a.claim(&[UNIT]).await.unwrap(), b.claim(&[chore]).await.unwrap());
    let mut pushing = Vec::new();
    for member in 0..2 {
        let mut connection = stored.database.connect().await.unwrap();
        pushing.push(tokio::spawn(async move {
            for round in 0..ROUNDS {
                let records = ["y", "x"].map(|space| {
                    let key = format!("{space} {member} {round}");
                    change(space, &key, 1, round * 10_000)
                });
                push(&mut connection, &records).await.unwrap();
            }
        }));
    }
    let reading = tokio::spawn(async move {
        for round in 0..ROUNDS {
            let reading = |space: &str| SpaceReading {
                key: space.into(),
                records: vec![change(space, &format!("{space} read {round}"), 1, round * 10_000)],
                cursor: None,
                drops: 0,
            };
            let transaction = a.connection.fenced(&lease).await.unwrap();
            let slice = [reading("x"), reading("y")];
            transaction.commit_usage(SOURCE, &slice, 0).await.unwrap();
        }
    });
    let mut forgotten = 0;
    for round in 0..ROUNDS {
        let expiry = Expiry {
            meetings: None,
            usage: Some(round * 10_000),
        };
        let connection = &mut b.connection;
        connection.allow_retention(0).await.unwrap();
        let deleted = connection.forget_when_allowed(&forgetting, expiry, 0, 100).await;
        forgotten += deleted.unwrap().unwrap().usage;
    }
    reading.await.unwrap();
    for pushed in pushing {
        pushed.await.unwrap();
    }
    let left = all(&mut b).await.len() as u64;
    assert_eq!(forgotten + left, 6 * u64::try_from(ROUNDS).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn more_records_than_a_statement_takes_are_one_batch() {
    const KEYS: u64 = 10_500;
    let stored = Stored::new().await;
    let mut a = stored.member("a").await;
    // Each key again at the end.
    let first = (0..KEYS).map(|key| change("x", &format!("{key:05}"), 1, 100));
    let again = (0..KEYS).map(|key| change("x", &format!("{key:05}"), 2, 200));
    let records: Vec<Record> = first.chain(again).collect();
    let puts = push(&mut a.connection, &records).await.unwrap();
    let (new, replaced) = puts.split_at(KEYS.try_into().unwrap());
    assert!(new.iter().all(|put| *put == Put::New) && replaced.iter().all(|put| *put == Put::Replaced));
    let found = all(&mut a).await;
    assert_eq!(found, records[new.len()..]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_has_records_of_one_source() {
    let stored = Stored::new().await;
    let mut a = stored.member("a").await;
    let mut other = change("x", "2", 1, 100);
    if let Record::Usage(usage) = &mut other {
        usage.origin.source = "fabrikam".into();
    }
    let refused = push(&mut a.connection, &[change("x", "1", 1, 100), other]).await;
    assert!(
        matches!(&refused, Err(CommitError::OtherSource(source)) if source == "fabrikam"),
        "{refused:?}"
    );
    assert!(all(&mut a).await.is_empty());
}

/// Without their indexes, they would take as long as there are records.
#[tokio::test(flavor = "multi_thread")]
async fn figures_and_retention_find_records_by_indexes() {
    let stored = Stored::new().await;
    stored
        .client
        .batch_execute(
            "INSERT INTO usage_source (name) VALUES ('contoso');
             INSERT INTO usage_device (source, space, device) SELECT 1, 'space ' || n, '' FROM generate_series(1, 100) AS n;
             INSERT INTO usage (source, digest, key, revision, withdrawn, device, kind, form, start_at, end_at, value)
                SELECT 1, decode(md5(n::text), 'hex'), n, 1, false, 1 + n % 100, n % 5, n % 4, n * 100, CASE WHEN n % 4 IN (0, 3) THEN n * 100 + 60 END, 1
                FROM generate_series(1, 50000) AS n;
             INSERT INTO coverage (source, digest, key, revision, withdrawn, device, kinds, start_at, end_at, state)
                SELECT 1, decode(md5(n::text), 'hex'), n, 1, false, 1 + n % 100, 3, n * 100, n * 100 + 60, n % 2
                FROM generate_series(1, 50000) AS n;
             ANALYZE",
        )
        .await
        .unwrap();
    let (figures, retention) = statements();
    let (sources, spaces) = (vec!["contoso"], vec!["space 7"]);
    let (start, end) = (4_000_000_i64, 4_086_400_i64);
    let devices = vec![7_i64];
    let asked: [(&(dyn ToSql + Sync), Type); 4] = [
        (&sources, Type::TEXT_ARRAY),
        (&spaces, Type::TEXT_ARRAY),
        (&start, Type::INT8),
        (&end, Type::INT8),
    ];
    let expired: [(&(dyn ToSql + Sync), Type); 2] = [(&devices, Type::INT8_ARRAY), (&start, Type::INT8)];
    let all = figures
        .map(|statement| (statement, &asked[..]))
        .into_iter()
        .chain(retention.map(|statement| (statement, &expired[..])));
    for (statement, parameters) in all {
        let explained = format!("EXPLAIN {statement}");
        let plan = stored.client.query_typed(&explained, parameters).await.unwrap();
        let lines: Vec<String> = plan.iter().map(|row| row.get(0)).collect();
        let plan = lines.join("\n");
        for table in ["usage", "coverage"] {
            let whole = format!("Seq Scan on {table} ");
            assert!(!plan.contains(&whole), "{plan}");
        }
    }
}
