//! What holds whatever two members do, one after the other: who has the unit is who took it last, and nobody else stores anything.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::kit::{At, Stored, UNIT, add};
use crate::{CommitError, Lease};

#[derive(Debug, Clone, Copy)]
enum Deed {
    Claim,
    Renew,
    GiveBack,
    /// Adds a meeting under the last lease that the member got, whatever it believes of it.
    Commit,
    /// The lease expires, whoever has it.
    Expire,
    /// The unit is removed, and added again.
    Replace,
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => Just(Deed::Claim),
        2 => Just(Deed::Renew),
        1 => Just(Deed::GiveBack),
        6 => Just(Deed::Commit),
        3 => Just(Deed::Expire),
        1 => Just(Deed::Replace),
    ]
}

/// What is true of the unit.
#[derive(Default)]
struct Truth {
    /// The member that took it last, if it was not given back or removed since.
    holder: Option<usize>,
    is_expired: bool,
    last_fence: i64,
    committed: i64,
}

struct World<'a> {
    stored: &'a Stored,
    members: [At; 2],
    leases: [Option<Lease>; 2],
    truth: Truth,
}

impl<'a> World<'a> {
    async fn new(stored: &'a Stored) -> Self {
        stored.begin_anew().await;
        let members = [stored.member("a").await, stored.member("b").await];
        Self {
            stored,
            members,
            leases: [None, None],
            truth: Truth {
                is_expired: true,
                ..Truth::default()
            },
        }
    }

    async fn does(&mut self, who: usize, deed: Deed) -> Result<(), TestCaseError> {
        let At { leases, connection } = &mut self.members[who];
        let truth = &mut self.truth;
        match deed {
            Deed::Claim => {
                let claimed = leases.claim(connection, &[UNIT], 1).await.unwrap().pop();
                prop_assert_eq!(claimed.is_some(), truth.is_expired);
                if let Some(claimed) = claimed {
                    prop_assert!(claimed.lease.fence() > truth.last_fence);
                    truth.last_fence = claimed.lease.fence();
                    (truth.holder, truth.is_expired) = (Some(who), false);
                    self.leases[who] = Some(claimed.lease);
                }
            }
            Deed::Renew => {
                let believed = leases.units().count() > 0;
                let renewed = leases.renew(connection).await.unwrap();
                let has = truth.holder == Some(who);
                prop_assert_eq!(renewed.len(), usize::from(believed && !has));
                if believed && has {
                    truth.is_expired = false;
                }
            }
            Deed::GiveBack => {
                let believed = leases.units().count() > 0;
                leases.give_back(connection, &[UNIT]).await.unwrap();
                if believed && truth.holder == Some(who) {
                    // What it then still commits finds the fence, and harms nobody until another takes the unit.
                    (truth.holder, truth.is_expired) = (None, true);
                }
            }
            Deed::Commit => {
                let Some(lease) = &self.leases[who] else {
                    return Ok(());
                };
                let added = add(connection, lease, &["m"]).await;
                let may = truth.holder == Some(who) && lease.is_held();
                match added {
                    Ok(number) => {
                        prop_assert!(may);
                        truth.committed += 1;
                        prop_assert_eq!(number, Some(truth.committed));
                    }
                    Err(CommitError::Lost(_)) => prop_assert!(!may),
                    Err(other) => return Err(TestCaseError::fail(format!("{other:?}"))),
                }
            }
            Deed::Expire => {
                self.stored.expire().await;
                truth.is_expired = true;
            }
            Deed::Replace => {
                connection.remove_units(&[UNIT]).await.unwrap();
                connection.add_units(&[UNIT]).await.unwrap();
                (truth.holder, truth.is_expired) = (None, true);
            }
        }
        prop_assert_eq!(self.stored.last().await, self.truth.committed);
        Ok(())
    }
}

#[test]
fn only_who_took_a_unit_last_stores_anything() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let stored = runtime.block_on(Stored::new());
    let mut runner = TestRunner::new(ProptestConfig {
        source_file: Some(file!()),
        ..ProptestConfig::with_cases(12)
    });
    let deeds = prop::collection::vec((0..2_usize, deed()), 1..60);
    let outcome = runner.run(&deeds, |deeds| {
        runtime.block_on(async {
            let mut world = World::new(&stored).await;
            for (who, deed) in deeds {
                world.does(who, deed).await?;
            }
            Ok(())
        })
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
