//! The tokens of the API.

use rusqlite::Connection;

use crate::{Account, ApiToken, Role, Store};

fn token(name: &str) -> ApiToken {
    ApiToken {
        number: 0,
        name: name.into(),
        scopes: "figures".into(),
        made_by: "ada".into(),
        made_at: 100,
        ends_at: 200,
        used_at: None,
        owner: None,
        role: Role::Administrator,
        owner_role: None,
    }
}

fn account(name: &str, role: Role) -> Account {
    Account {
        name: name.into(),
        password_hash: String::new(),
        created_at: 7,
        role,
    }
}

#[test]
fn a_token_is_found_by_its_digest_until_it_is_removed() {
    let store = Store::empty().unwrap();
    assert!(store.add_api_token(&token("dashboard"), "d1").unwrap());
    assert!(store.add_api_token(&token("alerts"), "d3").unwrap());
    let found = store.api_token("d1", 150).unwrap().unwrap();
    assert_eq!(
        found,
        ApiToken {
            number: found.number,
            ..token("dashboard")
        }
    );
    assert_eq!(store.api_token("d2", 150).unwrap(), None);
    let names = |store: &Store| -> Vec<String> {
        let tokens = store.api_tokens(150).unwrap();
        tokens.into_iter().map(|token| token.name).collect()
    };
    assert_eq!(names(&store), ["alerts", "dashboard"]);
    assert_eq!(
        store.remove_api_token(found.number, None).unwrap(),
        Some(("dashboard".into(), "ada".into()))
    );
    assert_eq!(store.remove_api_token(found.number, None).unwrap(), None);
    assert_eq!(store.api_token("d1", 150).unwrap(), None);
    assert_eq!(names(&store), ["alerts"]);
}

#[test]
fn a_name_is_taken_among_the_tokens_of_its_owner_only() {
    let store = Store::empty().unwrap();
    let of = |owner: &str| ApiToken {
        owner: Some(owner.into()),
        ..token("dashboard")
    };
    assert!(store.add_api_token(&of("ada"), "d1").unwrap());
    assert!(!store.add_api_token(&of("ada"), "d2").unwrap());
    assert!(store.add_api_token(&of("grace"), "d3").unwrap());
    assert_eq!(store.api_token("d2", 150).unwrap(), None);
    assert_eq!(store.api_tokens(150).unwrap().len(), 2);
}

#[test]
fn tokens_of_an_earlier_version_stay_and_their_numbers_are_not_used_again() {
    let mut old = Connection::open_in_memory().unwrap();
    crate::schema::MIGRATIONS
        .to_version(&mut old, BEFORE_OWN_NAMES)
        .unwrap();
    old.execute_batch(
        "INSERT INTO api_token (name, digest, scopes, made_by, made_at, ends_at, used_at, owner, role) VALUES
             ('dashboard', 'd1', 'figures records', 'ada', 1, 200, 7, 'ada', 'analyst'),
             ('old', 'd2', 'figures', 'gone', 1, 200, NULL, NULL, 'administrator'),
             ('revoked', 'd3', 'figures', 'ada', 1, 200, NULL, 'ada', 'analyst');
         DELETE FROM api_token WHERE name = 'revoked';",
    )
    .unwrap();
    let store = Store::prepare(old, None).unwrap();
    let found = |digest| store.api_token(digest, 150).unwrap().unwrap();
    assert_eq!(
        found("d1"),
        ApiToken {
            number: 1,
            scopes: "figures records".into(),
            made_at: 1,
            used_at: Some(7),
            owner: Some("ada".into()),
            role: Role::Analyst,
            ..token("dashboard")
        }
    );
    assert_eq!((found("d2").owner, found("d2").number), (None, 2));
    assert!(store.add_api_token(&token("new"), "d4").unwrap());
    assert_eq!(found("d4").number, 4);
}

/// The version of the schema in which a name was taken among all tokens.
const BEFORE_OWN_NAMES: usize = 18;

#[test]
fn the_last_use_is_kept_to_about_a_minute() {
    let store = Store::empty().unwrap();
    store.add_api_token(&token("dashboard"), "d").unwrap();
    let found = || store.api_token("d", 150).unwrap().unwrap();
    assert!(found().is_use_new(150));
    store.api_token_used(found().number, 150).unwrap();
    assert_eq!(found().used_at, Some(150));
    assert!(!found().is_use_new(209));
    assert!(found().is_use_new(210));
}

#[test]
fn a_token_does_no_more_than_its_owner_may_and_ends_with_its_account() {
    let mut store = Store::empty().unwrap();
    for (name, role) in [("ada", Role::Administrator), ("grace", Role::Administrator)] {
        store.add_account(&account(name, role)).unwrap();
    }
    let made = |name: &str, role| ApiToken {
        owner: Some("grace".into()),
        role,
        ..token(name)
    };
    store
        .add_api_token(&made("all", Role::Administrator), "d1")
        .unwrap();
    store.add_api_token(&made("some", Role::Analyst), "d2").unwrap();
    let standing = |store: &Store| {
        let of = |digest| store.api_token(digest, 150).unwrap().unwrap().standing();
        (of("d1"), of("d2"))
    };
    assert_eq!(standing(&store), (Some(Role::Administrator), Some(Role::Analyst)));
    for (role, expected) in [
        (Role::Analyst, Some(Role::Analyst)),
        // A viewer has no tokens.
        (Role::Viewer, None),
    ] {
        store.set_role("grace", role).unwrap().unwrap();
        assert_eq!(standing(&store), (expected, expected), "{role}");
    }
    // Nobody but the owner takes it away by naming an owner.
    let number = store.api_token("d2", 150).unwrap().unwrap().number;
    assert_eq!(store.remove_api_token(number, Some("ada")).unwrap(), None);
    assert!(store.remove_api_token(number, Some("grace")).unwrap().is_some());
    store.remove_account("grace").unwrap().unwrap();
    // An account that is made anew has none of the tokens of the one before.
    store.add_account(&account("grace", Role::Analyst)).unwrap();
    assert_eq!(store.api_tokens(150).unwrap(), []);
}

#[test]
fn the_token_of_somebody_whom_a_provider_signs_in_works_as_long_as_the_provider_says_so() {
    const ZOE: &str = "oidc:https://login.example zoe";
    let store = Store::empty().unwrap();
    let made = ApiToken {
        owner: Some(ZOE.into()),
        role: Role::Analyst,
        ..token("dashboard")
    };
    store.add_api_token(&made, "d").unwrap();
    let standing = |now| store.api_token("d", now).unwrap().unwrap().standing();
    assert_eq!(standing(150), None);
    store.put_visitor(ZOE, Some(Role::Administrator), 150).unwrap();
    assert_eq!(standing(150), Some(Role::Analyst));
    let quarter = 92 * 24 * 60 * 60;
    assert_eq!(standing(150 + quarter), Some(Role::Analyst));
    assert_eq!(standing(151 + quarter), None);
    store.put_visitor(ZOE, Some(Role::Viewer), 160).unwrap();
    assert_eq!(standing(160), None);
    store.put_visitor(ZOE, Some(Role::Analyst), 170).unwrap();
    assert_eq!(standing(170), Some(Role::Analyst));
    store.put_visitor(ZOE, None, 180).unwrap();
    assert_eq!(standing(180), None);
}
