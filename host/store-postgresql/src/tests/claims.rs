//! Who gets which units, and keeps them.

use std::collections::BTreeSet;
use std::time::Duration;

use super::kit::{Stored, UNIT};
use crate::{Connection, Member};

#[tokio::test(flavor = "multi_thread")]
async fn four_members_at_once_get_every_unit_once() {
    let stored = Stored::new().await;
    let units: Vec<String> = (0..200).map(|number| format!("source/{number:03}")).collect();
    let names: Vec<&str> = units.iter().map(String::as_str).collect();
    stored
        .member("first")
        .await
        .connection
        .add_units(&names)
        .await
        .unwrap();
    let mut members = Vec::new();
    for id in ["a", "b", "c", "d"] {
        let mut member = stored.member(id).await;
        let units = units.clone();
        members.push(tokio::spawn(async move {
            let names: Vec<&str> = units.iter().map(String::as_str).collect();
            let mut got = Vec::new();
            // What another locks at this moment is left out, so an empty answer is no end.
            for _ in 0..200 {
                let claimed = member
                    .leases
                    .claim(&mut member.connection, &names, 3)
                    .await
                    .unwrap();
                assert!(claimed.len() <= 3);
                got.extend(
                    claimed
                        .into_iter()
                        .map(|claimed| (claimed.lease.fence(), claimed.lease.unit().to_owned())),
                );
                tokio::task::yield_now().await;
            }
            got
        }));
    }
    let mut all = Vec::new();
    for member in members {
        all.extend(member.await.unwrap());
    }
    assert_eq!(all.len(), 200, "each unit has one holder");
    let (fences, units): (BTreeSet<i64>, BTreeSet<String>) = all.into_iter().unzip();
    assert_eq!((fences.len(), units.len()), (200, 200));
}

#[tokio::test]
async fn a_member_gets_what_it_can_do_and_what_is_due_first() {
    let stored = Stored::new().await;
    let mut member = stored.member("a").await;
    member
        .connection
        .add_units(&["source/late", "source/soon", "source/other"])
        .await
        .unwrap();
    stored
        .client
        .batch_execute(
            "UPDATE unit SET due_at = clock_timestamp() + interval '1 hour' WHERE name = 'source/late';
             UPDATE unit SET due_at = clock_timestamp() + interval '1 minute' WHERE name = 'source/soon'",
        )
        .await
        .unwrap();
    let able = ["source/late", "source/soon", "source/unknown"];
    let claimed = member
        .leases
        .claim(&mut member.connection, &able, 1)
        .await
        .unwrap();
    assert_eq!(claimed[0].lease.unit(), "source/soon");
    let due_in = claimed[0].due_in.as_secs_f64();
    assert!((50.0..=60.0).contains(&due_in), "{due_in}");
    let claimed = member
        .leases
        .claim(&mut member.connection, &able, 9)
        .await
        .unwrap();
    assert_eq!(claimed.len(), 1);
    assert_eq!(
        member.leases.units().collect::<Vec<_>>(),
        ["source/late", "source/soon"]
    );
}

#[tokio::test]
async fn who_takes_over_keeps_the_rhythm() {
    let stored = Stored::new().await;
    let (mut a, mut b) = (stored.member("a").await, stored.member("b").await);
    a.claim(&[UNIT]).await.unwrap();
    let minute = Duration::from_secs(60);
    assert!(a.leases.set_due(&mut a.connection, UNIT, minute).await.unwrap());
    a.leases.give_back(&mut a.connection, &[UNIT]).await.unwrap();
    let claimed = b.leases.claim(&mut b.connection, &[UNIT], 1).await.unwrap();
    let due_in = claimed[0].due_in.as_secs_f64();
    assert!((50.0..=60.0).contains(&due_in), "{due_in}");
    assert!(!a.leases.set_due(&mut a.connection, UNIT, minute).await.unwrap());
}

#[tokio::test]
async fn what_is_held_is_not_taken_until_it_expires() {
    let stored = Stored::new().await;
    let (mut a, mut b) = (stored.member("a").await, stored.member("b").await);
    let first = a.claim(&[UNIT]).await.unwrap();
    assert!(b.claim(&[UNIT]).await.is_none());
    stored.expire().await;
    let second = b.claim(&[UNIT]).await.unwrap();
    assert!(second.fence() > first.fence());
    let renewed = a.leases.renew(&mut a.connection).await.unwrap();
    assert_eq!(renewed, [UNIT]);
    assert!(!first.is_held());
    first.over().await;
    assert_eq!(a.leases.units().count(), 0);
    assert_eq!(
        b.leases.renew(&mut b.connection).await.unwrap(),
        Vec::<String>::new()
    );
    assert!(second.is_held());
}

#[tokio::test]
async fn an_expired_lease_that_nobody_took_is_renewed() {
    let stored = Stored::new().await;
    let (mut a, mut b) = (stored.member("a").await, stored.member("b").await);
    let lease = a.claim(&[UNIT]).await.unwrap();
    stored.expire().await;
    assert_eq!(
        a.leases.renew(&mut a.connection).await.unwrap(),
        Vec::<String>::new()
    );
    assert!(lease.is_held());
    assert!(b.claim(&[UNIT]).await.is_none());
}

#[tokio::test]
async fn a_member_that_claims_its_own_expired_unit_works_under_the_new_lease_only() {
    let stored = Stored::new().await;
    let mut a = stored.member("a").await;
    let first = a.claim(&[UNIT]).await.unwrap();
    stored.expire().await;
    let second = a.claim(&[UNIT]).await.unwrap();
    assert!(!first.is_held() && second.is_held());
    assert!(a.connection.fenced(&first).await.is_err());
    a.connection
        .fenced(&second)
        .await
        .unwrap()
        .commit()
        .await
        .unwrap();
}

#[tokio::test]
async fn a_unit_that_was_given_back_is_taken_at_once_and_by_the_former_holder_nothing_is_stored() {
    let stored = Stored::new().await;
    let (mut a, mut b) = (stored.member("a").await, stored.member("b").await);
    let first = a.claim(&[UNIT]).await.unwrap();
    a.leases
        .give_back(&mut a.connection, &[UNIT, "source/never"])
        .await
        .unwrap();
    assert!(!first.is_held());
    let second = b.claim(&[UNIT]).await.unwrap();
    assert!(second.is_held());
    // What is given back late, as after a lost answer, does not harm the new holder.
    a.leases.give_back(&mut a.connection, &[UNIT]).await.unwrap();
    assert_eq!(
        b.leases.renew(&mut b.connection).await.unwrap(),
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn living_members_are_those_that_were_seen() {
    let stored = Stored::new().await;
    let mut connection = stored.database.connect().await.unwrap();
    let member = |id: &str, configuration: Option<&str>| Member {
        id: id.into(),
        host: "db-1".into(),
        version: "0.1.0".into(),
        configuration: configuration.map(str::to_owned),
    };
    let announced = async |connection: &mut Connection, member: Member| {
        let living = connection
            .announce(&member, Duration::from_secs(10))
            .await
            .unwrap();
        living
            .into_iter()
            .map(|member| format!("{} {}", member.id, member.configuration.unwrap_or_default()))
            .collect::<Vec<_>>()
    };
    assert_eq!(announced(&mut connection, member("a", None)).await, ["a "]);
    assert_eq!(
        announced(&mut connection, member("b", Some("5f0c"))).await,
        ["a ", "b 5f0c"]
    );
    assert_eq!(
        announced(&mut connection, member("a", Some("77aa"))).await,
        ["a 77aa", "b 5f0c"]
    );
    stored
        .client
        .batch_execute("UPDATE member SET seen_at = seen_at - interval '11 seconds' WHERE id = 'b'")
        .await
        .unwrap();
    assert_eq!(announced(&mut connection, member("a", None)).await, ["a "]);
    connection
        .forget_members("a", Duration::from_secs(10))
        .await
        .unwrap();
    assert_eq!(stored.number("SELECT count(*) FROM member").await, 0);
}
