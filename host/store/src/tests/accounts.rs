//! Accounts and their roles.

use super::*;

fn account(name: &str, role: Role) -> Account {
    Account {
        name: name.into(),
        password_hash: "first".into(),
        created_at: 7,
        role,
    }
}

fn roles(store: &Store) -> Vec<(String, Role)> {
    let accounts = store.accounts().unwrap().into_iter();
    accounts.map(|account| (account.name, account.role)).collect()
}

#[test]
fn an_account_is_made_once_and_keeps_its_name() {
    let (_directory, store) = empty();
    let ada = account("ada", Role::Analyst);
    assert!(store.add_account(&ada).unwrap());
    let second = Account {
        password_hash: "second".into(),
        role: Role::Administrator,
        ..ada.clone()
    };
    assert!(!store.add_account(&second).unwrap());
    assert_eq!(store.accounts().unwrap(), [ada]);
    assert!(store.set_password("ada", "third").unwrap());
    assert!(!store.set_password("bob", "third").unwrap());
    assert_eq!(store.accounts().unwrap()[0].password_hash, "third");
}

#[test]
fn an_administrator_stays_whoever_is_removed_or_demoted() {
    let (_directory, mut store) = empty();
    for (name, role) in [
        ("ada", Role::Administrator),
        ("bob", Role::Administrator),
        ("eve", Role::Viewer),
    ] {
        store.add_account(&account(name, role)).unwrap();
    }
    assert_eq!(
        store.set_role("bob", Role::Analyst).unwrap(),
        Ok(Role::Administrator)
    );
    for role in [Role::Analyst, Role::Viewer] {
        assert_eq!(store.set_role("ada", role).unwrap(), Err(Kept::Last));
    }
    assert_eq!(store.remove_account("ada").unwrap(), Err(Kept::Last));
    // To be given the role that one has is no demotion.
    assert_eq!(
        store.set_role("ada", Role::Administrator).unwrap(),
        Ok(Role::Administrator)
    );
    assert_eq!(store.set_role("zoe", Role::Viewer).unwrap(), Err(Kept::Missing));
    assert_eq!(store.remove_account("zoe").unwrap(), Err(Kept::Missing));
    assert_eq!(store.remove_account("eve").unwrap(), Ok(()));
    assert_eq!(
        roles(&store),
        [
            ("ada".to_owned(), Role::Administrator),
            ("bob".to_owned(), Role::Analyst)
        ]
    );
    assert_eq!(
        store.set_role("bob", Role::Administrator).unwrap(),
        Ok(Role::Analyst)
    );
    assert_eq!(store.remove_account("ada").unwrap(), Ok(()));
}

#[test]
fn accounts_and_tokens_from_before_roles_are_those_of_administrators() {
    let mut old = Connection::open_in_memory().unwrap();
    crate::schema::MIGRATIONS
        .to_version(&mut old, BEFORE_ROLES)
        .unwrap();
    old.execute_batch(
        "INSERT INTO account (name, password_hash, created_at) VALUES ('ada', 'hash', 7);
         INSERT INTO api_token (name, digest, scopes, made_by, made_at, ends_at) VALUES
             ('dashboard', 'd1', 'figures', 'ada', 1, 9), ('old', 'd2', 'figures', 'gone', 1, 9);",
    )
    .unwrap();
    let store = Store::prepare(old, None).unwrap();
    assert_eq!(roles(&store), [("ada".to_owned(), Role::Administrator)]);
    let token = |digest| store.api_token(digest, 5).unwrap().unwrap();
    assert_eq!(token("d1").owner.as_deref(), Some("ada"));
    assert_eq!(token("d2").owner, None);
    for digest in ["d1", "d2"] {
        assert_eq!(token(digest).standing(), Some(Role::Administrator), "{digest}");
    }
}

/// The version of the schema that had no roles.
const BEFORE_ROLES: usize = 15;
