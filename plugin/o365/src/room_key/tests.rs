use super::*;
use crate::script::{SETTINGS, Script, inner, now};
use crate::settings;
use serde_json::json;

fn room(name: &str) -> Room {
    let address = format!("{name}@contoso.com");
    Room {
        key: address.clone(),
        name: name.to_owned(),
        address,
        building: None,
        capacity: None,
        lists: vec![],
    }
}

fn keys(script: &Script, names: &[String]) -> Vec<String> {
    let mut rooms: Vec<Room> = names.iter().map(|name| room(name)).collect();
    let settings = settings::parse(SETTINGS).unwrap();
    now(resolve(&Graph::new(script, &settings), &mut rooms));
    rooms.into_iter().map(|room| room.key).collect()
}

#[test]
fn rooms_get_the_ids_of_their_accounts_and_the_others_keep_their_addresses() {
    let users = json!({"value": [
        {"id": "id-a", "mail": "A@Contoso.com"},
        {"id": "id-x", "mail": null},
        {"id": "id-c1", "mail": "c@contoso.com"},
        {"id": "id-c2", "mail": "c@contoso.com"},
        7,
    ]});
    let script = Script::default().on("/users?", 200, users);
    let names = ["a", "b", "c"].map(str::to_owned);
    assert_eq!(keys(&script, &names), ["id-a", "b@contoso.com", "c@contoso.com"]);
    assert_eq!(
        script.asked()[1],
        "+/users?$filter=mail%20in%20('a@contoso.com','b@contoso.com','c@contoso.com')&$select=id,mail&$top=100"
    );
}

#[test]
fn a_quote_in_an_address_stays_inside_its_string() {
    let script = Script::default().on("/users?", 200, json!({"value": []}));
    keys(&script, &["o'brien".to_owned()]);
    assert!(
        script.asked()[1].contains("('o%27%27brien@contoso.com')"),
        "{:?}",
        script.asked()
    );
}

#[test]
fn fifteen_rooms_share_a_filter_and_twenty_filters_a_batch() {
    let script = Script::default().on("/users?", 200, json!({"value": []}));
    let names: Vec<String> = (0..310).map(|at| format!("r{at}")).collect();
    keys(&script, &names);
    let sizes: Vec<usize> = script
        .requests
        .borrow()
        .iter()
        .map(|request| inner(request).len())
        .collect();
    assert_eq!(sizes, [20, 1]);
}

#[test]
fn a_refusal_leaves_every_address_as_it_is() {
    let name = ["a".to_owned()];
    for script in [
        Script::default().on(
            "/users?",
            403,
            json!({"error": {"code": "Authorization_RequestDenied"}}),
        ),
        Script::default().on("/users?", 200, json!("nonsense")),
        Script::default().on("$batch", 500, json!({})),
        Script::default().raw("$batch", Ok((200, vec![], "<html>".to_owned()))),
    ] {
        assert_eq!(keys(&script, &name), ["a@contoso.com"]);
    }
}

#[test]
fn what_is_throttled_inside_a_batch_is_looked_up_again_alone() {
    let script = Script::default()
        .on("/users?", 429, json!({"error": {"code": "TooManyRequests"}}))
        .on(
            "/users?",
            200,
            json!({"value": [{"id": "id-a", "mail": "a@contoso.com"}]}),
        );
    assert_eq!(keys(&script, &["a".to_owned()]), ["id-a"]);
    assert_eq!(script.asked().len(), 3, "{:?}", script.asked());
}

#[test]
fn accounts_of_which_there_are_more_elsewhere_are_not_believed() {
    let users = json!({
        "value": [{"id": "id-a", "mail": "a@contoso.com"}],
        "@odata.nextLink": "https://graph.microsoft.com/v1.0/users?$skiptoken=2",
    });
    let script = Script::default().on("/users?", 200, users);
    assert_eq!(keys(&script, &["a".to_owned()]), ["a@contoso.com"]);
}
