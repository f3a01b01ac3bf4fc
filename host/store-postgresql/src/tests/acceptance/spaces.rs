//! Spaces: which there are, and what passes keep about them.

use collector_model::pass::{Past, Places, Trouble};
use collector_model::room::RoomAddress;
use collector_model::space::{Space, SpaceRecord};
use collector_model::usage::Kind;

use super::state::room;
use super::{Forgetting, Passing, Refused, Writer};

/// A space as it is found.
pub(super) fn space(key: &str, name: &str) -> Space {
    Space {
        key: key.to_owned(),
        name: name.to_owned(),
        address: None,
        building: None,
        capacity: None,
        time_zone: None,
        kinds: vec![Kind::Call, Kind::PeopleCount],
        notes: "not stored".into(),
    }
}

async fn list(store: &mut impl Passing, spaces: &[Space]) {
    store.list_spaces(Writer::A, spaces, false).await.unwrap();
}

/// The listed spaces as `key name`.
async fn listed(store: &mut impl Passing) -> Vec<String> {
    let spaces = store.spaces().await.into_iter();
    spaces
        .map(|space| format!("{} {}", space.key, space.name))
        .collect()
}

pub(super) async fn spaces_are_listed_by_name_and_what_is_not_found_is_not_listed_any_more(
    mut store: impl Passing,
) {
    let full = Space {
        address: Some(RoomAddress::new("Conf-A@contoso.com")),
        building: Some("North".into()),
        capacity: Some(8),
        time_zone: Some("Europe/Berlin".into()),
        ..space("x", "Room 10")
    };
    let others = [space("z", "room 9"), space("y", "Room 10"), space("w", "")];
    list(&mut store, &[std::slice::from_ref(&full), &others].concat()).await;
    assert_eq!(
        listed(&mut store).await,
        ["w ", "z room 9", "x Room 10", "y Room 10"]
    );
    let record = store.spaces().await.swap_remove(2);
    let expected = SpaceRecord {
        source: record.source.clone(),
        key: "x".into(),
        name: "Room 10".into(),
        address: Some("conf-a@contoso.com".into()),
        building: Some("North".into()),
        capacity: Some(8),
        zone: Some("Europe/Berlin".into()),
        kinds: vec![Kind::Call, Kind::PeopleCount],
        outcome: None,
        cause: None,
        since: None,
        listed: true,
    };
    assert_eq!(record, expected);
    // It has another name and less is known; another is gone.
    list(&mut store, &[space("x", "Room 8"), space("z", "room 9")]).await;
    assert_eq!(listed(&mut store).await, ["x Room 8", "z room 9"]);
    assert_eq!(store.spaces().await[0].building, None);
    assert_eq!(store.counts(Places::Spaces).await, (2, 4));
    // One is there again.
    list(&mut store, &[space("y", "Room 10")]).await;
    assert_eq!(listed(&mut store).await, ["y Room 10"]);
    list(&mut store, &[]).await;
    assert_eq!(store.counts(Places::Spaces).await, (0, 4));
    assert_eq!(store.counts(Places::Rooms).await, (0, 0));
}

pub(super) async fn of_a_part_of_the_spaces_nothing_is_known_about_the_others(mut store: impl Passing) {
    list(&mut store, &[space("x", "A"), space("y", "B")]).await;
    let found = [space("y", "C"), space("z", "D"), space("z", "E")];
    store.list_spaces(Writer::A, &found, true).await.unwrap();
    assert_eq!(listed(&mut store).await, ["x A", "y C", "z E"]);
}

pub(super) async fn texts_of_spaces_with_nul_are_stored(mut store: impl Passing) {
    let odd = Space {
        building: Some("No\0rth".into()),
        ..space("k\0ey", "Na\0me")
    };
    for _ in 0..2 {
        list(&mut store, std::slice::from_ref(&odd)).await;
        assert_eq!(store.counts(Places::Spaces).await, (1, 1));
    }
    let attempts = [("k\0ey", None)];
    store
        .put_attempts(Writer::A, Places::Spaces, 7_000, &attempts)
        .await
        .unwrap();
    let past = Past {
        read_at: Some(7_000),
        trouble: None,
    };
    assert_eq!(store.pasts(Places::Spaces, &["k\0ey"]).await, [past]);
    assert_eq!(store.cursors(Places::Spaces, &["k\0ey"]).await, [None]);
}

pub(super) async fn attempts_and_outcomes_of_spaces_are_kept_as_those_of_rooms(mut store: impl Passing) {
    // A room of the same name has its own.
    let twin = room(0, "Conf A");
    let key = twin.address.as_str();
    store
        .list(Writer::A, std::slice::from_ref(&twin), &[])
        .await
        .unwrap();
    list(&mut store, &[space(key, "Conf A"), space("y", "B")]).await;
    let attempts = [
        (key, None),
        ("y", None),
        ("y", Some(Trouble::Harmful)),
        ("unknown", None),
    ];
    store
        .put_attempts(Writer::A, Places::Spaces, 7_000, &attempts)
        .await
        .unwrap();
    let past = |trouble| Past {
        read_at: Some(7_000),
        trouble,
    };
    assert_eq!(
        store.pasts(Places::Spaces, &["y", key, "unknown"]).await,
        [past(Some(Trouble::Harmful)), past(None), Past::default()]
    );
    assert_eq!(store.pasts(Places::Rooms, &[key]).await, [Past::default()]);
    for (at, outcome, cause, since) in [
        (100, "denied", Some("no right"), 100),
        (200, "denied", Some("another reason"), 100),
        (300, "collected", None, 300),
    ] {
        let outcomes = [(key, outcome, cause), ("unknown", "collected", None)];
        store
            .put_outcomes(Writer::A, Places::Spaces, at, &outcomes)
            .await
            .unwrap();
        let spaces = store.spaces().await;
        let found = spaces.iter().find(|space| space.key == key).unwrap();
        assert_eq!(
            (found.outcome.as_deref(), found.cause.as_deref(), found.since),
            (Some(outcome), cause, Some(since))
        );
    }
    assert_eq!(store.room_records().await[0].outcome, None);
}

pub(super) async fn a_source_with_nothing_but_spaces_is_known_until_it_is_forgotten<S>(mut store: S)
where
    S: Passing + Forgetting,
{
    assert!(!store.knows_source().await);
    list(&mut store, &[space("x", "A")]).await;
    assert!(store.knows_source().await);
    store.forget_source().await.unwrap();
    assert!(!store.knows_source().await);
    assert_eq!(store.counts(Places::Spaces).await, (0, 0));
}

pub(super) async fn a_former_writer_changes_no_space<S: Passing>(mut store: S) {
    if !S::FENCES {
        return;
    }
    list(&mut store, &[space("x", "A")]).await;
    store.take_over(Writer::B).await;
    assert_eq!(store.list_spaces(Writer::A, &[], false).await, Err(Refused));
    let attempts = [("x", None)];
    assert_eq!(
        store
            .put_attempts(Writer::A, Places::Spaces, 7_000, &attempts)
            .await,
        Err(Refused)
    );
    assert_eq!(listed(&mut store).await, ["x A"]);
    assert_eq!(store.pasts(Places::Spaces, &["x"]).await, [Past::default()]);
}
