use super::*;
use crate::script::{SETTINGS, Script, now};
use crate::settings;
use serde_json::json;

fn kind(script: &Script, address: &str) -> Kind {
    let settings = settings::parse(SETTINGS).unwrap();
    now(identify(&Graph::new(script, &settings), address))
}

#[test]
fn an_address_is_looked_up_as_a_place_then_as_a_group_then_as_a_user() {
    let script = Script::default();
    assert_eq!(kind(&script, "o'x@contoso.com"), Kind::Nothing);
    assert_eq!(
        script.asked(),
        [
            "/places/o%27x@contoso.com",
            "/groups?$filter=mail%20eq%20'o%27%27x@contoso.com'&$select=id,groupTypes,mailEnabled,securityEnabled&$top=1",
            "/users?$filter=mail%20eq%20'o%27%27x@contoso.com'&$select=id&$top=1",
        ]
    );
}

#[test]
fn without_the_permission_to_look_it_is_not_said_to_be_nothing() {
    let denied =
        json!({"error": {"code": "Authorization_RequestDenied", "message": "Insufficient privileges"}});
    let script = Script::default()
        .on("/groups", 403, denied)
        .on("/users", 200, json!({"value": []}));
    let unknown = kind(&script, "x@contoso.com");
    assert!(
        matches!(unknown, Kind::Unknown { may_pass: true, .. }),
        "{unknown:?}"
    );
    let reason = reason("x@contoso.com", unknown);
    assert!(
        reason
            .message
            .starts_with("room list x@contoso.com is not among the tenant's room lists")
    );
    assert!(reason.advice.unwrap().contains("Directory.Read.All"));
}

#[test]
fn the_short_form_of_the_type_and_other_capitals_are_understood() {
    for name in [
        "#microsoft.graph.roomList",
        "#microsoft.graph.roomlist",
        "microsoft.graph.RoomList",
        "roomList",
    ] {
        let script = Script::default().on("/places/", 200, json!({"@odata.type": name}));
        assert_eq!(kind(&script, "x@contoso.com"), Kind::RoomList);
    }
}
