//! Calendars that are refused: by policy, for a while, or for good.

use super::*;

#[test]
fn a_policy_that_keeps_some_rooms_away_is_a_limit_with_the_lines_that_change_it() {
    let raop =
        "Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly AccessPolicy settings.";
    let script = tenant()
        .on("users/a@", 200, page(&[]))
        .on("users/b@", 403, denied(raop));
    claims(&script, &[]);
    let check = one(
        &script,
        &with_lists("hq@contoso.com"),
        "calendars of room list hq@contoso.com",
    );
    assert_eq!(check.status, CheckStatus::Limited);
    assert_eq!(
        check.reason.message,
        format!(
            "1 of 2 calendars tried can be read; limited by policy, which is fine if intended: not \
             b@contoso.com; calendar of b@contoso.com: an application access policy keeps the application from this \
             mailbox (HTTP 403 ErrorAccessDenied: {raop})"
        )
    );
    let advice = check.reason.advice.unwrap();
    for line in [
        "Nothing, if that is intended.",
        "Add-DistributionGroupMember -Identity GROUP -Member 'b@contoso.com'",
        "Test-ApplicationAccessPolicy -Identity 'b@contoso.com' -AppId '4444'",
        "Test-ServicePrincipalAuthorization -Identity '4444' -Resource 'b@contoso.com'",
        "up to two hours",
    ] {
        assert!(advice.contains(line), "{line}: {advice}");
    }
}

#[test]
fn many_refused_rooms_are_named_in_part() {
    let rooms: Vec<String> = (1..=9).map(|at| format!("r{at}@contoso.com")).collect();
    let rooms: Vec<&str> = rooms.iter().map(String::as_str).collect();
    let script = Script::default()
        .on("/hq@contoso.com/", 200, page(&rooms))
        .on(
            "/places/microsoft.graph.roomlist?",
            200,
            page(&["hq@contoso.com"]),
        )
        .on("users/r1@", 200, page(&[]))
        .on("calendarView", 403, denied("Access is denied."));
    let check = one(
        &script,
        &with_lists("hq@contoso.com"),
        "calendars of room list hq@contoso.com",
    );
    assert!(
        check
            .reason
            .message
            .contains("not r2@contoso.com, r3@contoso.com, r4@contoso.com and 5 more; calendar of r2@"),
        "{}",
        check.reason.message
    );
}

#[test]
fn a_list_of_user_agents_is_mended_elsewhere_than_in_a_group() {
    let script =
        tenant()
            .on("users/a@", 200, page(&[]))
            .on("users/b@", 403, denied("Access to OData is disabled."));
    let check = one(
        &script,
        &with_lists("hq@contoso.com"),
        "calendars of room list hq@contoso.com",
    );
    let advice = check.reason.advice.unwrap();
    assert!(
        advice.contains("EwsAllowList") && !advice.contains("GROUP"),
        "{advice}"
    );
}

#[test]
fn a_room_that_is_gone_is_told_apart_from_those_that_a_policy_keeps_away() {
    let gone =
        json!({"error": {"code": "ErrorInvalidUser", "message": "The requested user 'c' is invalid."}});
    let script = Script::default()
        .on(
            "/hq@contoso.com/",
            200,
            page(&["a@contoso.com", "b@contoso.com", "c@contoso.com"]),
        )
        .on(
            "/places/microsoft.graph.roomlist?",
            200,
            page(&["hq@contoso.com"]),
        )
        .on("users/a@", 200, page(&[]))
        .on("users/b@", 403, denied("Access is denied."))
        .on("users/c@", 404, gone);
    let check = one(
        &script,
        &with_lists("hq@contoso.com"),
        "calendars of room list hq@contoso.com",
    );
    assert_eq!(check.status, CheckStatus::Limited);
    let message = check.reason.message;
    assert!(message.contains("limited by policy, which is fine if intended: not b@contoso.com; "));
    assert!(
        message
            .contains("; not c@contoso.com; calendar of c@contoso.com: there is no mailbox of this address")
    );
}

#[test]
fn a_refusal_of_all_calendars_may_be_the_delay_of_a_consent() {
    let script = tenant().on("calendarView", 403, denied("Access is denied."));
    claims(&script, &["Calendars.Read"]);
    let settings = with_lists("hq@contoso.com");
    let lines = lines(&script, &settings);
    assert_eq!(
        lines[4],
        "Pending permission Calendars.Read: none of the 2 calendars tried can be read; the token's roles name it; \
         calendar of a@contoso.com: the application may not read this mailbox: consent is missing, or its scope \
         leaves it out (HTTP 403 ErrorAccessDenied: Access is denied.)"
    );
    assert!(
        lines[6].starts_with(
            "Pending calendars of room list hq@contoso.com: 0 of 2 calendars tried can be read, not a@contoso.com, \
             b@contoso.com; calendar of a@contoso.com: "
        ),
        "{}",
        lines[6]
    );
    let advice = one(&script, &settings, "permission Calendars.Read").reason.advice;
    assert!(advice.unwrap().contains("up to two hours"));
}

#[test]
fn a_list_out_of_the_scope_is_limited_by_policy_where_another_can_be_read() {
    let script = tenant()
        .on(
            "/places/lab@contoso.com/microsoft.graph.roomlist/rooms",
            200,
            page(&["c@contoso.com"]),
        )
        .on("/places/lab@contoso.com", 200, json!({"@odata.type": "roomList"}))
        .on("users/c@", 403, denied("Access is denied."))
        .on("calendarView", 200, page(&[]));
    let check = one(
        &script,
        &with_lists("hq@contoso.com, lab@contoso.com"),
        "calendars of room list lab@contoso.com",
    );
    assert_eq!(check.status, CheckStatus::Limited);
    assert!(
        check
            .reason
            .message
            .starts_with("0 of 1 calendars tried can be read; limited by policy")
    );
}

#[test]
fn mailboxes_that_are_not_in_exchange_online_yet_are_pending_and_deleted_ones_fail() {
    for (code, status) in [
        ("MailboxNotEnabledForRESTAPI", CheckStatus::Pending),
        ("ErrorInvalidUser", CheckStatus::Failed),
    ] {
        let gone = json!({"error": {"code": code, "message": "no"}});
        let script = tenant().on("calendarView", 404, gone);
        let settings = with_lists("hq@contoso.com");
        for name in [
            "permission Calendars.Read",
            "calendars of room list hq@contoso.com",
        ] {
            assert_eq!(one(&script, &settings, name).status, status, "{code}: {name}");
        }
    }
}
