//! Usage and coverage records as rows of their tables.

use std::error::Error;

use collector_commit::usage::{bits, kinds, number, of_position, position, value};
use collector_model::usage::{CoverageRecord, Form, Kind, Origin, Record, State, UsageRecord};
use tokio_postgres::types::{FromSql, Type};
use tokio_postgres::{Row, Transaction};

use crate::key::key_of;

/// One of the two tables of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Table {
    Usage,
    Coverage,
}

impl Table {
    pub(super) const ALL: [Self; 2] = [Self::Usage, Self::Coverage];

    pub(super) fn of(record: &Record) -> Self {
        match record {
            Record::Usage(_) => Self::Usage,
            Record::Coverage(_) => Self::Coverage,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Coverage => "coverage",
        }
    }

    /// What [`record`] reads after the names of source, space and device. Both tables have as many columns of the same types, so that one statement
    /// can read both.
    pub(super) fn columns(self) -> &'static str {
        match self {
            Self::Usage => {
                "record.key, record.revision, record.withdrawn, record.start_at, record.end_at, false AS is_coverage, record.kind::bigint AS what,
                 record.form::bigint AS how, record.value, record.resolution, NULL::text AS reason"
            }
            Self::Coverage => {
                "record.key, record.revision, record.withdrawn, record.start_at, record.end_at, true, record.kinds,
                 record.state::bigint, 0::bigint, NULL::bigint, record.reason"
            }
        }
    }

    /// The condition of a record that says something about time from `$from` on: the argument is that parameter.
    pub(super) fn goes_on_after(self, from: &str) -> String {
        match self {
            // An interval without an end, the first of all forms, goes on until now.
            Self::Usage => format!(
                "(coalesce(record.end_at, record.start_at) >= {from} OR record.end_at IS NULL AND record.form = 0)"
            ),
            Self::Coverage => format!("record.end_at >= {from}"),
        }
    }
}

/// A value that is stored as a number.
pub(super) struct Stored<T>(pub(super) T);

macro_rules! stored {
    ($($kind:ty: $of:expr),+ $(,)?) => {
        $(impl<'a> FromSql<'a> for Stored<$kind> {
            fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
                let number = i64::from_sql(kind, raw)?;
                let of: fn(i64) -> Option<$kind> = $of;
                of(number)
                    .map(Self)
                    .ok_or_else(|| format!("the stored number {number} has no meaning").into())
            }

            fn accepts(kind: &Type) -> bool {
                <i64 as FromSql>::accepts(kind)
            }
        })+
    };
}

stored!(
    Kind: |number| of_position(Kind::ALL, number),
    Form: |number| of_position(Form::ALL, number),
    State: |number| of_position(State::ALL, number),
    u32: |number| u32::try_from(number).ok(),
    u64: |number| u64::try_from(number).ok(),
);

/// Reads a record from a row: source, space and device, then [`Table::columns`], from this column on.
pub(super) fn record(row: &Row, first: usize) -> Result<Record, tokio_postgres::Error> {
    let device: String = row.try_get(first + 2)?;
    let Stored(revision) = row.try_get(first + 4)?;
    let origin = Origin {
        source: row.try_get(first)?,
        space: row.try_get(first + 1)?,
        device: (!device.is_empty()).then_some(device),
        key: row.try_get(first + 3)?,
        revision,
        withdrawn: row.try_get(first + 5)?,
    };
    let start = row.try_get(first + 6)?;
    if row.try_get(first + 8)? {
        let Stored::<u32>(bits) = row.try_get(first + 9)?;
        let Stored(state) = row.try_get(first + 10)?;
        return Ok(Record::Coverage(CoverageRecord {
            origin,
            kinds: kinds(bits),
            start,
            end: row.try_get(first + 7)?,
            state,
            reason: row.try_get(first + 13)?,
        }));
    }
    let (Stored(kind), Stored(form)) = (row.try_get(first + 9)?, row.try_get(first + 10)?);
    let Stored(number) = row.try_get(first + 11)?;
    let resolution: Option<Stored<u32>> = row.try_get(first + 12)?;
    Ok(Record::Usage(UsageRecord {
        origin,
        kind,
        form,
        start,
        end: row.try_get(first + 7)?,
        value: value(kind, form, number),
        resolution: resolution.map(|Stored(seconds)| seconds),
    }))
}

/// The space and the stored form of the device that a record is about.
pub(super) fn place(origin: &Origin) -> (&str, &str) {
    (&origin.space, origin.device.as_deref().unwrap_or_default())
}

/// Records on their way into one of the tables.
#[derive(Default)]
pub(super) struct Columns<'a> {
    digest: Vec<Vec<u8>>,
    key: Vec<&'a str>,
    revision: Vec<i64>,
    withdrawn: Vec<bool>,
    device: Vec<i64>,
    start: Vec<i64>,
    end: Vec<Option<i64>>,
    /// Kind, or kinds.
    what: Vec<i64>,
    /// Form, or state.
    how: Vec<i64>,
    value: Vec<i64>,
    resolution: Vec<Option<i64>>,
    reason: Vec<Option<&'a str>>,
}

impl<'a> Columns<'a> {
    /// Adds a record of a device, by its number. Each key may be added once.
    pub(super) fn add(&mut self, device: i64, record: &'a Record) {
        let origin = record.origin();
        self.digest.push(key_of(&origin.key));
        self.key.push(&origin.key);
        self.revision
            .push(i64::try_from(origin.revision).unwrap_or(i64::MAX));
        self.withdrawn.push(origin.withdrawn);
        self.device.push(device);
        self.start.push(record.start());
        self.end.push(record.end());
        let (what, how, value, resolution, reason) = match record {
            Record::Usage(usage) => (
                position(Kind::ALL, usage.kind),
                position(Form::ALL, usage.form),
                number(usage.value),
                usage.resolution,
                None,
            ),
            Record::Coverage(coverage) => (
                bits(&coverage.kinds),
                position(State::ALL, coverage.state),
                0,
                None,
                coverage.reason.as_deref(),
            ),
        };
        self.what.push(what.into());
        self.how.push(how.into());
        self.value.push(value.into());
        self.resolution.push(resolution.map(i64::from));
        self.reason.push(reason);
    }

    /// Stores them, in place of those with the same keys.
    pub(super) async fn store(
        &self,
        transaction: &Transaction<'_>,
        table: Table,
        source: i64,
    ) -> Result<(), tokio_postgres::Error> {
        let statement = match table {
            Table::Usage => {
                "INSERT INTO usage (source, digest, key, revision, withdrawn, device, start_at, end_at, kind, form, value, resolution)
                 SELECT $1, put.* FROM unnest($2::bytea[], $3::text[], $4::bigint[], $5::boolean[], $6::bigint[], $7::bigint[], $8::bigint[],
                    $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[]) AS put
                 ON CONFLICT (source, digest) DO UPDATE SET revision = excluded.revision, withdrawn = excluded.withdrawn, device = excluded.device,
                    start_at = excluded.start_at, end_at = excluded.end_at, kind = excluded.kind, form = excluded.form, value = excluded.value,
                    resolution = excluded.resolution"
            }
            Table::Coverage => {
                "INSERT INTO coverage (source, digest, key, revision, withdrawn, device, start_at, end_at, kinds, state, reason)
                 SELECT $1, put.* FROM unnest($2::bytea[], $3::text[], $4::bigint[], $5::boolean[], $6::bigint[], $7::bigint[], $8::bigint[],
                    $9::bigint[], $10::bigint[], $11::text[]) AS put
                 ON CONFLICT (source, digest) DO UPDATE SET revision = excluded.revision, withdrawn = excluded.withdrawn, device = excluded.device,
                    start_at = excluded.start_at, end_at = excluded.end_at, kinds = excluded.kinds, state = excluded.state,
                    reason = excluded.reason"
            }
        };
        if self.key.is_empty() {
            return Ok(());
        }
        let mut parameters = vec![
            (&source as _, Type::INT8),
            (&self.digest as _, Type::BYTEA_ARRAY),
            (&self.key as _, Type::TEXT_ARRAY),
            (&self.revision as _, Type::INT8_ARRAY),
            (&self.withdrawn as _, Type::BOOL_ARRAY),
            (&self.device as _, Type::INT8_ARRAY),
            (&self.start as _, Type::INT8_ARRAY),
            (&self.end as _, Type::INT8_ARRAY),
            (&self.what as _, Type::INT8_ARRAY),
            (&self.how as _, Type::INT8_ARRAY),
        ];
        match table {
            Table::Usage => parameters.extend([
                (&self.value as _, Type::INT8_ARRAY),
                (&self.resolution as _, Type::INT8_ARRAY),
            ]),
            Table::Coverage => parameters.push((&self.reason as _, Type::TEXT_ARRAY)),
        }
        transaction.execute_typed(statement, &parameters).await.map(drop)
    }
}
