//! The tokens of the API.

use crate::{ApiToken, Store};

fn token(name: &str) -> ApiToken {
    ApiToken {
        number: 0,
        name: name.into(),
        scopes: "figures".into(),
        made_by: "ada".into(),
        made_at: 100,
        ends_at: 200,
        used_at: None,
    }
}

#[test]
fn a_token_is_found_by_its_digest_until_it_is_removed() {
    let store = Store::empty().unwrap();
    assert!(store.add_api_token(&token("dashboard"), "d1").unwrap());
    // A name is taken once, whatever the token.
    assert!(!store.add_api_token(&token("dashboard"), "d2").unwrap());
    assert!(store.add_api_token(&token("alerts"), "d3").unwrap());
    let found = store.api_token("d1").unwrap().unwrap();
    assert_eq!(
        found,
        ApiToken {
            number: found.number,
            ..token("dashboard")
        }
    );
    assert_eq!(store.api_token("d2").unwrap(), None);
    let names = |store: &Store| -> Vec<String> {
        let tokens = store.api_tokens().unwrap();
        tokens.into_iter().map(|token| token.name).collect()
    };
    assert_eq!(names(&store), ["alerts", "dashboard"]);
    assert_eq!(
        store.remove_api_token(found.number).unwrap().as_deref(),
        Some("dashboard")
    );
    assert_eq!(store.remove_api_token(found.number).unwrap(), None);
    assert_eq!(store.api_token("d1").unwrap(), None);
    assert_eq!(names(&store), ["alerts"]);
}

#[test]
fn the_last_use_is_kept_to_about_a_minute() {
    let store = Store::empty().unwrap();
    store.add_api_token(&token("dashboard"), "d").unwrap();
    let found = || store.api_token("d").unwrap().unwrap();
    assert!(found().is_use_new(150));
    store.api_token_used(found().number, 150).unwrap();
    assert_eq!(found().used_at, Some(150));
    assert!(!found().is_use_new(209));
    assert!(found().is_use_new(210));
}
