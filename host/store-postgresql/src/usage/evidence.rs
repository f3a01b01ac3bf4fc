//! What figures need of the records of spaces: those that say something about a span of time, and what records of any time tell about devices.
//! However many spaces are asked for, there is one statement.

use std::sync::LazyLock;

use collector_commit::usage::{Witness, kinds, position};
use collector_model::instant::INSTANTS;
use collector_model::space::SpaceId;
use collector_model::usage::{Form, Kind, Record, State};
use collector_postgresql::Problem;
use tokio_postgres::types::{ToSql, Type};

use super::rows::{Stored, Table, record};
use crate::connection::Connection;

/// What lasts longer than this (seconds) is in an index of its own: see the schema.
const LONG: i64 = 172_800;

/// The combinations of kinds that the coverage of the device `$1` has of the state `$2`.
pub(super) const COVERED: &str = "SELECT combined.kinds FROM generate_series(1, 31) AS combined (kinds)
    WHERE EXISTS (SELECT FROM coverage WHERE device = $1 AND NOT withdrawn AND state = $2 AND coverage.kinds = combined.kinds)";
// One for each combination of kinds.
const _: () = assert!(
    1 << Kind::ALL.len() == 32,
    "COVERED and these statements have other combinations"
);

/// The devices of the spaces in `$1` and `$2`, in their order.
const DEVICES: &str = "WITH device AS MATERIALIZED (
        SELECT usage_device.number, name, space, device, place
        FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS asked (source, key, place)
            JOIN usage_source ON name = asked.source JOIN usage_device ON usage_device.source = usage_source.number AND space = asked.key)";

/// What a statement selects of the records of each device that meet a condition. They are looked up device by device (which `OFFSET 0` keeps the planner
/// from doing otherwise), so that an index finds them.
fn each(select: &str, table: Table, condition: &str) -> String {
    format!(
        "SELECT device.name, device.space, device.device, found.* FROM device CROSS JOIN LATERAL (
            SELECT {select} FROM {} AS record WHERE record.device = device.number AND NOT record.withdrawn AND {condition} OFFSET 0) AS found",
        table.name()
    )
}

/// The condition of what does not last for long: only the stretch of an index before the span has to be looked at.
fn short(condition: &str) -> String {
    format!(
        "{condition} AND record.start_at > $3 - {LONG} AND record.start_at < $4 AND record.end_at - record.start_at <= {LONG}
            AND (record.start_at >= $3 OR record.end_at > $3)"
    )
}

/// The condition of intervals and buckets that last longer, or have no end: by their own index.
fn long_usage(condition: &str) -> String {
    format!(
        "record.form IN (0, 3) AND (record.end_at IS NULL OR record.end_at - record.start_at > {LONG}) AND {condition}
            AND record.start_at < $4 AND (record.start_at >= $3 OR record.end_at IS NULL OR record.end_at > $3)"
    )
}

pub(super) static EVIDENCE: LazyLock<String> = LazyLock::new(|| {
    let form = |form| position(Form::ALL, form);
    let (interval, change) = (form(Form::Interval), form(Form::Change));
    let (sample, bucket) = (form(Form::Sample), form(Form::Bucket));
    let all_kinds = list(Kind::ALL.iter().map(|kind| position(Kind::ALL, *kind)));
    let states = list(State::ALL.iter().map(|state| position(State::ALL, *state)));
    let usage = |condition: &str| each(Table::Usage.columns(), Table::Usage, condition);
    let coverage = |condition: &str| each(Table::Coverage.columns(), Table::Coverage, condition);
    // A change or a sample of a kind that lies in the span, or is one of the last before it: several may be of one instant.
    let columns = Table::Usage.columns();
    let holding = format!(
        "SELECT device.name, device.space, device.device, found.*
         FROM device CROSS JOIN unnest(ARRAY[{all_kinds}]) AS of (kind) CROSS JOIN unnest(ARRAY[{change}, {sample}]) AS so (form)
            CROSS JOIN LATERAL (
                SELECT {columns} FROM usage AS record
                WHERE record.device = device.number AND NOT record.withdrawn AND record.kind = of.kind AND record.form = so.form
                    AND record.start_at < $4 AND record.start_at >= coalesce((
                        SELECT last.start_at FROM usage AS last
                        WHERE last.device = device.number AND NOT last.withdrawn AND last.kind = of.kind AND last.form = so.form
                            AND last.start_at < $3 ORDER BY last.start_at DESC LIMIT 1), $3)
                OFFSET 0) AS found"
    );
    format!(
        "{DEVICES} {holding} UNION ALL {} UNION ALL {} UNION ALL {} UNION ALL {}",
        usage(&short(&format!(
            "record.kind IN ({all_kinds}) AND record.form IN ({interval}, {bucket})"
        ))),
        usage(&long_usage("true")),
        coverage(&short(&format!(
            "record.state IN ({states}) AND record.kinds = ANY (ARRAY (SELECT generate_series(1, 31)::bigint))"
        ))),
        coverage(&format!(
            "record.end_at - record.start_at > {LONG} AND record.start_at < $4 AND record.end_at > $3"
        )),
    )
});

pub(super) static BUCKETS: LazyLock<String> = LazyLock::new(|| {
    let in_seconds = Kind::ALL.iter().filter(|kind| **kind != Kind::PeopleCount);
    let in_seconds = list(in_seconds.map(|kind| position(Kind::ALL, *kind)));
    let wanted = format!(
        "record.kind IN ({in_seconds}) AND record.form = {}",
        position(Form::ALL, Form::Bucket)
    );
    let buckets = |condition: &str| each("record.start_at, record.end_at", Table::Usage, condition);
    format!(
        "{DEVICES} {} UNION ALL {}",
        buckets(&short(&wanted)),
        buckets(&long_usage(&wanted))
    )
});

static WITNESSES: LazyLock<String> = LazyLock::new(|| {
    let all_kinds = list(Kind::ALL.iter().map(|kind| position(Kind::ALL, *kind)));
    let observed = position(State::ALL, State::Observed);
    let covered = |states: &str| {
        format!(
            "(SELECT coalesce(bit_or(combined.kinds), 0)::bigint FROM generate_series(1, 31) AS combined (kinds) WHERE EXISTS (
                SELECT FROM coverage WHERE coverage.device = device.number AND NOT withdrawn AND state IN ({states})
                    AND coverage.kinds = combined.kinds))"
        )
    };
    let states = list(State::ALL.iter().map(|state| position(State::ALL, *state)));
    format!(
        "{DEVICES}
         SELECT name, space, device.device, (
            SELECT coalesce(bit_or(1 << of.kind), 0)::bigint FROM unnest(ARRAY[{all_kinds}]) AS of (kind) WHERE EXISTS (
                SELECT FROM usage WHERE usage.device = device.number AND NOT withdrawn AND usage.kind = of.kind)) | {},
            {}
         FROM device ORDER BY place, device.device",
        covered(&states),
        covered(&observed.to_string())
    )
});

fn list(positions: impl Iterator<Item = u32>) -> String {
    let positions: Vec<String> = positions.map(|position| position.to_string()).collect();
    positions.join(", ")
}

impl Connection {
    /// The records of these spaces that say something about `[start, end)`, in UTC seconds, withdrawn ones left out: intervals, buckets and
    /// coverage that overlap it, changes and samples in it, and of each device and kind the last ones before it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn evidence(
        &mut self,
        spaces: &[SpaceId],
        start: i64,
        end: i64,
    ) -> Result<Vec<Record>, Problem> {
        let transaction = self.begin().await?;
        let (names, [start, end]) = (Names::of(spaces), [start, end].map(within));
        let rows = transaction
            .query_typed(&EVIDENCE, &names.parameters_of_span(&start, &end))
            .await?;
        let records = rows.iter().map(|row| record(row, 0)).collect::<Result<_, _>>()?;
        transaction.commit().await?;
        Ok(records)
    }

    /// The begins and ends of the buckets of these spaces that overlap `[start, end)`, in UTC seconds, withdrawn ones and those of people counts
    /// left out.
    ///
    /// # Errors
    /// The database failed.
    pub async fn buckets(
        &mut self,
        spaces: &[SpaceId],
        start: i64,
        end: i64,
    ) -> Result<Vec<(i64, i64)>, Problem> {
        let transaction = self.begin().await?;
        let (names, [start, end]) = (Names::of(spaces), [start, end].map(within));
        let rows = transaction
            .query_typed(&BUCKETS, &names.parameters_of_span(&start, &end))
            .await?;
        let buckets = rows
            .iter()
            .map(|row| Ok((row.try_get(3)?, row.try_get(4)?)))
            .collect::<Result<_, tokio_postgres::Error>>()?;
        transaction.commit().await?;
        Ok(buckets)
    }

    /// What the records of these spaces tell about their devices.
    ///
    /// # Errors
    /// The database failed.
    pub async fn witnesses(&mut self, spaces: &[SpaceId]) -> Result<Vec<Witness>, Problem> {
        let transaction = self.begin().await?;
        let names = Names::of(spaces);
        let rows = transaction.query_typed(&WITNESSES, &names.parameters()).await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            let device: String = row.try_get(2)?;
            let (Stored::<u32>(reported), Stored::<u32>(observed)) = (row.try_get(3)?, row.try_get(4)?);
            found.push(Witness {
                space: SpaceId {
                    source: row.try_get(0)?,
                    key: row.try_get(1)?,
                },
                device: (!device.is_empty()).then_some(device),
                kinds: kinds(reported).into_iter().collect(),
                observed: kinds(observed).into_iter().collect(),
            });
        }
        transaction.commit().await?;
        Ok(found)
    }
}

/// An instant as far as records have any, with which the database can calculate.
fn within(instant: i64) -> i64 {
    instant.clamp(*INSTANTS.start(), *INSTANTS.end() + 1)
}

/// The spaces that are asked for.
struct Names<'a> {
    sources: Vec<&'a str>,
    keys: Vec<&'a str>,
}

impl<'a> Names<'a> {
    fn of(spaces: &'a [SpaceId]) -> Self {
        // What cannot be stored is not found.
        let (sources, keys) = spaces
            .iter()
            .filter(|space| !space.source.contains('\0') && !space.key.contains('\0'))
            .map(|space| (space.source.as_str(), space.key.as_str()))
            .unzip();
        Self { sources, keys }
    }

    fn parameters(&self) -> [(&(dyn ToSql + Sync), Type); 2] {
        [(&self.sources, Type::TEXT_ARRAY), (&self.keys, Type::TEXT_ARRAY)]
    }

    fn parameters_of_span<'b>(&'b self, start: &'b i64, end: &'b i64) -> [(&'b (dyn ToSql + Sync), Type); 4] {
        [
            (&self.sources, Type::TEXT_ARRAY),
            (&self.keys, Type::TEXT_ARRAY),
            (start, Type::INT8),
            (end, Type::INT8),
        ]
    }
}
