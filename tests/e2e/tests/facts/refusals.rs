//! Calendars that are refused or missing, in each form, in words for whoever can mend it.

use graph_sim::{Mailbox, Missing, Refusal, Simulator};

use crate::{collect, tenant};

/// What is said of a room whose mailbox does this, while another room is collected.
fn said(state: Mailbox) -> String {
    let simulator = Simulator::start(tenant(2)).unwrap();
    simulator
        .update(|tenant| {
            tenant.room_mut("room-001@contoso.com")?.set_mailbox(state);
            Ok(())
        })
        .unwrap();
    let ended = collect(&simulator);
    assert_eq!(ended.code, 3, "{state:?}: {}", ended.stderr);
    assert_eq!(ended.brief().unwrap(), ["room-000 2026-03-10T10:00 Meeting 0"]);
    let start = "source \"contoso\": room-001@contoso.com: ";
    let said: Vec<&str> = ended
        .stderr
        .lines()
        .filter_map(|line| line.strip_prefix(start))
        .collect();
    assert_eq!(said.len(), 1, "{state:?}: {}", ended.stderr);
    said[0].to_owned()
}

#[test]
fn a_refusal_says_whether_consent_a_policy_or_the_list_of_user_agents_is_the_cause() {
    let forms = [
        (
            Refusal::AccessDenied,
            "consent is missing, or its scope leaves it out",
            "Grant the application permission Calendars.Read",
        ),
        (
            Refusal::AccessPolicy,
            "an application access policy keeps the application from this mailbox",
            "Get-ApplicationAccessPolicy",
        ),
        (
            Refusal::ODataDisabled,
            "the organization's list of allowed user agents, or a policy",
            "EwsAllowList",
        ),
    ];
    for (form, meaning, advice) in forms {
        let said = said(Mailbox::Refused(form));
        assert!(said.starts_with("refused: calendar of the room: "), "{said}");
        assert!(said.contains(meaning), "{said}");
        assert!(said.contains("(HTTP 403 ErrorAccessDenied: "), "{said}");
        assert!(said.contains(advice), "{said}");
    }
}

#[test]
fn a_missing_calendar_is_told_in_each_form_with_what_to_look_at() {
    let forms = [
        (Missing::InvalidUser, "ErrorInvalidUser"),
        (Missing::ResourceNotFound, "ResourceNotFound"),
        (Missing::NoDirectoryObject, "Request_ResourceNotFound"),
        (Missing::ItemNotFound, "ErrorItemNotFound"),
        (Missing::NotEnabledForRest, "MailboxNotEnabledForRESTAPI"),
    ];
    for (form, code) in forms {
        let said = said(Mailbox::Missing(form));
        assert!(said.starts_with("missing: calendar of the room: "), "{said}");
        assert!(said.contains(&format!("(HTTP 404 {code}")), "{said}");
        let (_, advice) = said
            .split_once("). ")
            .unwrap_or_else(|| panic!("no advice: {said}"));
        assert!(advice.len() > 20, "{said}");
    }
    let said = said(Mailbox::OnPremises);
    assert!(said.contains("on premises"), "{said}");
}

#[test]
fn many_rooms_with_one_cause_are_one_line() {
    let simulator = Simulator::start(tenant(30)).unwrap();
    simulator
        .update(|tenant| {
            let refused = Mailbox::Refused(Refusal::AccessPolicy);
            tenant
                .rooms_mut()
                .iter_mut()
                .skip(1)
                .for_each(|room| room.set_mailbox(refused));
            Ok(())
        })
        .unwrap();
    let ended = collect(&simulator);
    assert_eq!(ended.code, 3);
    let expected = "source \"contoso\": room-001@contoso.com, room-002@contoso.com, room-003@contoso.com, room-004@contoso.com, \
                    room-005@contoso.com and 24 more: refused: ";
    assert_eq!(ended.said(expected).len(), 1, "{}", ended.stderr);
    assert!(
        ended
            .stderr
            .contains("contoso: rooms: 1 collected, 29 refused, 0 missing, 0 failed\n"),
        "{}",
        ended.stderr
    );
}
