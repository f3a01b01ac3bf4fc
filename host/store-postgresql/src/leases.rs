//! The leases of one member: it claims units, renews them and gives them back.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use collector_postgresql::Problem;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_postgres::types::Type;

use crate::connection::Connection;
use crate::lease::{Belief, Lease, Terms};

/// Takes units whose leases have expired, those first that are due first. A unit in the middle of a commit is locked, and left to the next claim.
const CLAIM: &str = "
    WITH free AS MATERIALIZED (
        SELECT unit.name FROM unit JOIN fence ON fence.unit = unit.name
        WHERE expires_at < clock_timestamp() AND name = ANY ($3)
        ORDER BY due_at, name LIMIT $4 FOR UPDATE SKIP LOCKED
    ),
    taken AS (
        UPDATE fence SET number = nextval('fence_number') FROM free WHERE fence.unit = free.name RETURNING fence.unit, fence.number
    )
    UPDATE unit SET holder = $1, fence = taken.number, expires_at = clock_timestamp() + make_interval(secs => $2)
    FROM taken WHERE unit.name = taken.unit
    RETURNING unit.name, unit.fence, extract(epoch FROM unit.due_at - clock_timestamp())::float8";
/// Renews what is still held under these fences, and returns all of that, with whether it was renewed: what somebody locks for a moment is left to the
/// next renewal.
const RENEW: &str = "
    WITH mine AS (SELECT name, fence FROM unnest($1::text[], $2::bigint[]) AS mine (name, fence)),
    free AS MATERIALIZED (
        SELECT unit.name FROM unit JOIN mine USING (name, fence) FOR NO KEY UPDATE OF unit SKIP LOCKED
    ),
    renewed AS (
        UPDATE unit SET expires_at = clock_timestamp() + make_interval(secs => $3) FROM free WHERE unit.name = free.name RETURNING unit.name
    )
    SELECT unit.name, renewed.name IS NOT NULL FROM unit JOIN mine USING (name, fence) LEFT JOIN renewed ON renewed.name = unit.name";
const GIVE_BACK: &str = "
    UPDATE unit SET holder = NULL, expires_at = '-infinity'
    FROM unnest($1::text[], $2::bigint[]) AS mine (name, fence) WHERE (unit.name, unit.fence) = (mine.name, mine.fence)";
const SET_DUE: &str = "
    UPDATE unit SET due_at = clock_timestamp() + make_interval(secs => $3) WHERE name = $1 AND fence = $2";

/// What a member holds.
#[derive(Debug)]
pub struct Leases {
    member: String,
    terms: Terms,
    held: BTreeMap<Arc<str>, Held>,
}

#[derive(Debug)]
struct Held {
    fence: i64,
    belief: watch::Sender<Belief>,
}

/// A unit that was claimed.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The lease.
    pub lease: Lease,
    /// In how long the unit is due; zero if it is.
    pub due_in: Duration,
}

impl Leases {
    /// A member that holds nothing yet. Its id is different for each member and each start.
    pub fn new(member: impl Into<String>, terms: Terms) -> Self {
        Self {
            member: member.into(),
            terms,
            held: BTreeMap::new(),
        }
    }

    /// The units that are held, as far as the member knows, by name.
    pub fn units(&self) -> impl Iterator<Item = &str> {
        self.held.keys().map(|unit| &**unit)
    }

    /// Takes over units that nobody holds, at most this many, those that are due first. `able`: what this member can do. One of its own that
    /// nobody renewed in time may be among them: then the lease that it had is over.
    ///
    /// After an error, units may have been claimed that the member does not know of: they expire.
    ///
    /// # Errors
    /// The database failed.
    pub async fn claim(
        &mut self,
        connection: &mut Connection,
        able: &[&str],
        most: u32,
    ) -> Result<Vec<Claimed>, Problem> {
        let until = Instant::now() + self.terms.trusted;
        let transaction = connection.begin().await?;
        let rows = transaction
            .query_typed(
                CLAIM,
                &[
                    (&self.member, Type::TEXT),
                    (&self.terms.lease.as_secs_f64(), Type::FLOAT8),
                    (&able, Type::TEXT_ARRAY),
                    (&i64::from(most), Type::INT8),
                ],
            )
            .await?;
        let claimed: Vec<(String, i64, f64)> = rows
            .iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)))
            .collect::<Result<_, tokio_postgres::Error>>()?;
        transaction.commit().await?;
        let hold = |(unit, fence, due_in): (String, i64, f64)| {
            let unit: Arc<str> = unit.into();
            let (lease, belief) = Lease::new(Arc::clone(&unit), fence, until);
            if let Some(former) = self.held.insert(unit, Held { fence, belief }) {
                former.belief.send_replace(Belief::Over);
            }
            Claimed {
                lease,
                due_in: Duration::try_from_secs_f64(due_in).unwrap_or_default(),
            }
        };
        Ok(claimed.into_iter().map(hold).collect())
    }

    /// Renews all leases, and returns the units that the member no longer has, by name: their leases are over. Those that nobody took since they expired
    /// are good again.
    ///
    /// # Errors
    /// The database failed: what is held is believed until its time.
    pub async fn renew(&mut self, connection: &mut Connection) -> Result<Vec<String>, Problem> {
        let (units, fences) = self.columns(|_| true);
        let until = Instant::now() + self.terms.trusted;
        let transaction = connection.begin().await?;
        let rows = transaction
            .query_typed(
                RENEW,
                &[
                    (&units, Type::TEXT_ARRAY),
                    (&fences, Type::INT8_ARRAY),
                    (&self.terms.lease.as_secs_f64(), Type::FLOAT8),
                ],
            )
            .await?;
        let found: BTreeMap<String, bool> = rows
            .iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect::<Result<_, tokio_postgres::Error>>()?;
        transaction.commit().await?;
        let mut lost = Vec::new();
        self.held.retain(|unit, held| match found.get(&**unit) {
            Some(true) => {
                held.belief.send_replace(Belief::Until(until));
                true
            }
            // It is believed until its time.
            Some(false) => true,
            None => {
                held.belief.send_replace(Belief::Over);
                lost.push(unit.to_string());
                false
            }
        });
        Ok(lost)
    }

    /// Sets in how long a unit is due again, and returns whether the member still had it. Not in a transaction that commits under the lease: two of these
    /// at once would wait for each other.
    ///
    /// # Errors
    /// The database failed.
    pub async fn set_due(
        &self,
        connection: &mut Connection,
        unit: &str,
        due_in: Duration,
    ) -> Result<bool, Problem> {
        let Some(held) = self.held.get(unit) else {
            return Ok(false);
        };
        let transaction = connection.begin().await?;
        let set = transaction
            .execute_typed(
                SET_DUE,
                &[
                    (&unit, Type::TEXT),
                    (&held.fence, Type::INT8),
                    (&due_in.as_secs_f64(), Type::FLOAT8),
                ],
            )
            .await?;
        transaction.commit().await?;
        Ok(set > 0)
    }

    /// Gives units back, whose work has ended: another member may take them at once. What the member does not hold stays as it is. After an error they
    /// are no longer renewed, and expire.
    ///
    /// # Errors
    /// The database failed.
    pub async fn give_back(&mut self, connection: &mut Connection, units: &[&str]) -> Result<(), Problem> {
        let (names, fences) = self.columns(|unit| units.contains(&unit));
        for name in &names {
            if let Some(held) = self.held.remove(name.as_str()) {
                held.belief.send_replace(Belief::Over);
            }
        }
        let transaction = connection.begin().await?;
        transaction
            .execute_typed(
                GIVE_BACK,
                &[(&names, Type::TEXT_ARRAY), (&fences, Type::INT8_ARRAY)],
            )
            .await?;
        Ok(transaction.commit().await?)
    }

    /// The names and fences of some of what is held.
    fn columns(&self, is_wanted: impl Fn(&str) -> bool) -> (Vec<String>, Vec<i64>) {
        self.held
            .iter()
            .filter(|(unit, _)| is_wanted(unit))
            .map(|(unit, held)| (unit.to_string(), held.fence))
            .unzip()
    }
}
