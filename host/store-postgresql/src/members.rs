//! The members that share the store, and how much of the work is one member's share.

use std::time::Duration;

use collector_postgresql::Problem;
use tokio_postgres::types::Type;

use crate::connection::Connection;

/// What a member tells the others about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Different for each member and each start.
    pub id: String,
    /// The name of its machine.
    pub host: String,
    /// The version of the program.
    pub version: String,
    /// The digest of the configuration that it applied; none before it applied one.
    pub configuration: Option<String>,
}

impl Connection {
    /// Tells that a member is alive, and returns the members that were seen within this time, by id; this one among them.
    ///
    /// # Errors
    /// The database failed.
    pub async fn announce(&mut self, member: &Member, within: Duration) -> Result<Vec<Member>, Problem> {
        let transaction = self.begin().await?;
        transaction
            .execute_typed(
                "INSERT INTO member (id, host, version, configuration, seen_at) VALUES ($1, $2, $3, $4, clock_timestamp())
                 ON CONFLICT (id) DO UPDATE SET host = excluded.host, version = excluded.version, configuration = excluded.configuration,
                    seen_at = excluded.seen_at",
                &[
                    (&member.id, Type::TEXT),
                    (&member.host, Type::TEXT),
                    (&member.version, Type::TEXT),
                    (&member.configuration, Type::TEXT),
                ],
            )
            .await?;
        let rows = transaction
            .query_typed(
                "SELECT id, host, version, configuration FROM member
                 WHERE seen_at > clock_timestamp() - make_interval(secs => $1) ORDER BY id",
                &[(&within.as_secs_f64(), Type::FLOAT8)],
            )
            .await?;
        let members = rows
            .iter()
            .map(|row| {
                Ok(Member {
                    id: row.try_get(0)?,
                    host: row.try_get(1)?,
                    version: row.try_get(2)?,
                    configuration: row.try_get(3)?,
                })
            })
            .collect::<Result<_, tokio_postgres::Error>>()?;
        transaction.commit().await?;
        Ok(members)
    }

    /// Forgets a member that stops, and those that were not seen for this time.
    ///
    /// # Errors
    /// The database failed.
    pub async fn forget_members(&mut self, member: &str, unseen: Duration) -> Result<(), Problem> {
        let transaction = self.begin().await?;
        transaction
            .execute_typed(
                "DELETE FROM member WHERE id = $1 OR seen_at < clock_timestamp() - make_interval(secs => $2)",
                &[(&member, Type::TEXT), (&unseen.as_secs_f64(), Type::FLOAT8)],
            )
            .await?;
        Ok(transaction.commit().await?)
    }
}

/// The most units that a member holds, if all members hold equally many.
pub fn share(units: usize, members: usize) -> usize {
    units.div_ceil(members.max(1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::share;

    proptest! {
        #[test]
        fn shares_hold_all_units_and_differ_by_less_than_one(units in 0..1_000_usize, members in 1..50_usize) {
            prop_assert!(share(units, members) * members >= units);
            prop_assert!(units == 0 || (share(units, members) - 1) * members < units);
        }
    }

    #[test]
    fn without_members_there_is_one_who_asks() {
        assert_eq!(share(7, 0), 7);
    }
}
