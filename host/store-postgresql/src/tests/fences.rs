//! Nothing is stored by a member that lost its unit, at whichever point of a transaction it did.

use super::kit::{SOURCE, Stored, UNIT, add, commit, first_reading, meeting, read, told};
use crate::{CommitError, Fenced, ToldChanges};

const RENAME: &str = "UPDATE room SET name = name || '!'";

async fn rename(transaction: &Fenced<'_>) {
    transaction.transaction().batch_execute(RENAME).await.unwrap();
}

#[tokio::test]
async fn what_a_member_begins_before_it_is_replaced_is_refused_after_it() {
    let stored = Stored::new().await;
    let (mut a, mut b) = (stored.member("a").await, stored.member("b").await);
    let first = a.claim(&[UNIT]).await.unwrap();
    let steps = first_reading(vec![meeting("late")]);
    for is_told in [false, true] {
        stored.expire().await;
        let former = if is_told {
            a.claim(&[UNIT]).await.unwrap()
        } else {
            first.clone()
        };
        let transaction = a.connection.fenced(&former).await.unwrap();
        rename(&transaction).await;
        stored.expire().await;
        let second = b.claim(&[UNIT]).await.unwrap();
        let refused = if is_told {
            transaction.commit_and_tell(&told(&steps)).await.map(|_| ())
        } else {
            transaction.commit().await
        };
        assert!(matches!(refused, Err(CommitError::Lost(unit)) if unit == UNIT));
        assert_eq!(
            stored
                .number("SELECT count(*) FROM room WHERE name <> 'Conf A'")
                .await,
            0
        );
        assert_eq!((stored.last().await, stored.outbox().await.len()), (0, 0));
        drop(second);
    }
    // Its connection is as good as before, and the new holder works.
    stored.expire().await;
    let third = a.claim(&[UNIT]).await.unwrap();
    assert_eq!(add(&mut a.connection, &third, &["now"]).await.unwrap(), Some(1));
}

#[tokio::test]
async fn between_the_last_statement_and_the_commit_nobody_takes_over() {
    let stored = Stored::new().await;
    let (mut a, mut b) = (stored.member("a").await, stored.member("b").await);
    let first = a.claim(&[UNIT]).await.unwrap();
    let steps = first_reading(vec![meeting("one")]);
    for is_told in [true, false] {
        let transaction = a.connection.fenced(&first).await.unwrap();
        rename(&transaction).await;
        if is_told {
            transaction.check_and_tell(&told(&steps)).await.unwrap();
        } else {
            transaction.check().await.unwrap();
        }
        stored.expire().await;
        assert!(b.claim(&[UNIT]).await.is_none());
        transaction.end().await.unwrap();
    }
    assert_eq!(stored.outbox().await, ["1 0 one Weekly sync"]);
    assert_eq!(
        stored
            .number("SELECT count(*) FROM room WHERE name = 'Conf A!!'")
            .await,
        1
    );
}

#[tokio::test]
async fn an_expired_unit_in_the_middle_of_a_commit_is_left_out_by_claims() {
    let stored = Stored::new().await;
    let (mut a, mut b) = (stored.member("a").await, stored.member("b").await);
    b.connection.add_units(&["sink/warehouse"]).await.unwrap();
    let first = a.claim(&[UNIT]).await.unwrap();
    stored.expire().await;
    let transaction = a.connection.fenced(&first).await.unwrap();
    transaction.check().await.unwrap();
    let both = [UNIT, "sink/warehouse"];
    assert_eq!(b.claim(&both).await.unwrap().unit(), "sink/warehouse");
    assert!(b.claim(&both).await.is_none());
    transaction.end().await.unwrap();
    assert_eq!(b.claim(&both).await.unwrap().unit(), UNIT);
}

#[tokio::test]
async fn a_unit_is_renewed_while_one_commit_follows_the_other_without_a_pause() {
    let stored = Stored::new().await;
    let mut a = stored.member("a").await;
    let lease = a.claim(&[UNIT]).await.unwrap();
    let (mut one, mut other) = (
        stored.database.connect().await.unwrap(),
        stored.database.connect().await.unwrap(),
    );
    let mut under_way = one.fenced(&lease).await.unwrap();
    under_way.check().await.unwrap();
    for _ in 0..3 {
        stored.expire().await;
        assert!(a.leases.renew(&mut a.connection).await.unwrap().is_empty());
        let held = "SELECT count(*) FROM unit WHERE expires_at > clock_timestamp()";
        assert_eq!(stored.number(held).await, 1);
        let next = other.fenced(&lease).await.unwrap();
        next.check().await.unwrap();
        under_way.end().await.unwrap();
        next.end().await.unwrap();
        under_way = one.fenced(&lease).await.unwrap();
        under_way.check().await.unwrap();
    }
}

#[tokio::test]
async fn removing_a_unit_waits_for_its_commit_and_keeps_nobody_from_renewing() {
    let stored = Stored::new().await;
    let (mut a, mut b) = (stored.member("a").await, stored.member("b").await);
    let lease = a.claim(&[UNIT]).await.unwrap();
    let mut other = stored.database.connect().await.unwrap();
    let transaction = other.fenced(&lease).await.unwrap();
    transaction.check().await.unwrap();
    let removing = tokio::spawn(async move { b.connection.remove_units(&[UNIT]).await });
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert!(!removing.is_finished());
    assert!(a.leases.renew(&mut a.connection).await.unwrap().is_empty());
    transaction.end().await.unwrap();
    removing.await.unwrap().unwrap();
    assert_eq!(a.leases.renew(&mut a.connection).await.unwrap(), [UNIT]);
    assert_eq!(stored.number("SELECT count(*) FROM fence").await, 0);
}

#[tokio::test]
async fn a_unit_that_was_removed_and_added_again_takes_nothing_from_its_former_holder() {
    let stored = Stored::new().await;
    let (mut a, mut b) = (stored.member("a").await, stored.member("b").await);
    let first = a.claim(&[UNIT]).await.unwrap();
    b.connection.remove_units(&[UNIT]).await.unwrap();
    assert!(matches!(
        add(&mut a.connection, &first, &["late"]).await,
        Err(CommitError::Lost(_))
    ));
    b.connection.add_units(&[UNIT]).await.unwrap();
    let second = b.claim(&[UNIT]).await.unwrap();
    assert!(second.fence() > first.fence());
    assert!(matches!(
        add(&mut a.connection, &first, &["late"]).await,
        Err(CommitError::Lost(_))
    ));
    assert_eq!(a.leases.renew(&mut a.connection).await.unwrap(), [UNIT]);
}

#[tokio::test]
async fn a_transaction_that_is_dropped_changes_nothing_and_leaves_the_connection_usable() {
    let stored = Stored::new().await;
    let mut a = stored.member("a").await;
    let lease = a.claim(&[UNIT]).await.unwrap();
    let steps = first_reading(vec![meeting("never")]);
    let transaction = a.connection.fenced(&lease).await.unwrap();
    rename(&transaction).await;
    transaction.check_and_tell(&told(&steps)).await.unwrap();
    drop(transaction);
    assert_eq!(add(&mut a.connection, &lease, &["one"]).await.unwrap(), Some(1));
    assert_eq!(
        stored
            .number("SELECT count(*) FROM room WHERE name <> 'Conf A'")
            .await,
        0
    );
}

#[tokio::test]
async fn a_source_without_a_stream_takes_no_changes() {
    let stored = Stored::new().await;
    let mut a = stored.member("a").await;
    let lease = a.claim(&[UNIT]).await.unwrap();
    let steps = first_reading(vec![meeting("one")]);
    let mut changes = ToldChanges::of("fabrikam");
    steps.told().for_each(|told| changes.add(1, 1_000, told));
    let transaction = a.connection.fenced(&lease).await.unwrap();
    let refused = transaction.commit_and_tell(&changes).await;
    assert!(matches!(refused, Err(CommitError::NoStream(source)) if source == "fabrikam"));
}

#[tokio::test]
async fn what_a_sink_has_is_noted_by_who_has_the_sink() {
    let stored = Stored::new().await;
    let mut a = stored.member("a").await;
    let lease = a.claim(&[UNIT]).await.unwrap();
    let mut sink = stored.sink("warehouse").await;
    add(&mut a.connection, &lease, &["one", "two"]).await.unwrap();
    let handover = sink.hand_over(1).await.unwrap();
    stored.expire().await;
    let mut other = stored.member("other").await;
    let second = other.claim(&["sink/warehouse"]).await.unwrap();
    // It was stopped, and goes on with what it had been handed.
    assert!(matches!(
        sink.delivered(&handover).await,
        Err(CommitError::Lost(_))
    ));
    assert!(matches!(sink.hand_over(1).await, Err(CommitError::Lost(_))));
    let late = sink.at.connection.fenced(&sink.lease).await.unwrap();
    assert!(matches!(
        late.refuse("warehouse", &handover.entries[0], "too long").await,
        Err(CommitError::Lost(_))
    ));
    let position = sink.position().await;
    assert_eq!(
        (position.delivered, position.offered, position.confirmed),
        (0, 1, None)
    );
    // The other gets the same, and goes on.
    sink.lease = second;
    assert_eq!(sink.hand_over(1).await.unwrap(), handover);
    sink.delivered(&handover).await.unwrap();
    assert_eq!(sink.position().await.delivered, 1);
    assert_eq!(sink.take().await.len(), 1);
}

#[tokio::test]
async fn rooms_are_handed_over_as_a_whole_by_who_has_the_sink() {
    let stored = Stored::new().await;
    let mut a = stored.member("a").await;
    let lease = a.claim(&[UNIT]).await.unwrap();
    commit(&mut a.connection, &lease, vec![read("b", &["one"])])
        .await
        .unwrap();
    let mut sink = stored.sink("warehouse").await;
    let former = sink.at.connection.fenced(&sink.lease).await.unwrap();
    stored.expire().await;
    let mut other = stored.member("other").await;
    other.claim(&["sink/warehouse"]).await.unwrap();
    let refused = former.hand_over("warehouse", SOURCE, 9).await;
    assert!(matches!(refused, Err(CommitError::Lost(_))));
    assert_eq!(stored.last().await, 0);
    assert_eq!(
        stored
            .number("SELECT count(*) FROM refill WHERE taken IS NULL")
            .await,
        1
    );
}

#[tokio::test]
async fn what_a_former_holder_took_to_compute_with_is_still_there() {
    let stored = Stored::new().await;
    let (mut a, mut b) = (stored.member("a").await, stored.member("b").await);
    let lease = a.claim(&[UNIT]).await.unwrap();
    commit(
        &mut a.connection,
        &lease,
        vec![read("b", &["one"]), read("c", &[])],
    )
    .await
    .unwrap();
    stored.expire().await;
    let second = b.claim(&[UNIT]).await.unwrap();
    let revision = b.connection.revision().await.unwrap();
    // It does not know that yet. What it has in its hands is left to another time.
    let former = a.connection.fenced(&lease).await.unwrap();
    let now = b.connection.fenced(&second).await.unwrap();
    assert_eq!(former.take_touched(9).await.unwrap().len(), 2);
    assert_eq!(now.take_touched(9).await.unwrap(), []);
    now.commit().await.unwrap();
    assert!(matches!(former.commit().await, Err(CommitError::Lost(_))));
    let now = b.connection.fenced(&second).await.unwrap();
    assert_eq!(now.take_touched(1).await.unwrap().len(), 1);
    now.commit().await.unwrap();
    assert_eq!(stored.number("SELECT count(*) FROM touched").await, 1);
    // Whoever takes also counts what was marked, once.
    assert_eq!(stored.number("SELECT count(*) FROM mark").await, 0);
    assert_eq!(b.connection.revision().await.unwrap(), revision);
}
