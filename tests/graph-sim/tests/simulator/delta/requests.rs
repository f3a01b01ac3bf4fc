//! Tests of accepted and refused requests, and of the lifetime of links.

use graph_sim::{ChangeTracking, LostDelta, Mailbox, Missing, Refusal, Room, Simulator, Tenant, User};
use serde_json::json;

use crate::common::{Graph, code, each, one_room, read};
use crate::delta::{FIRST, MARCH, on, round, words};

#[tokio::test]
async fn options_are_refused_in_the_words_of_graph() {
    let sim = one_room([]);
    let graph = Graph::sign_in(&sim).await;
    let (_, link) = round(&graph, FIRST).await;
    for (option, message) in [
        (
            "$top=5",
            "The '$top' parameter is not supported with change tracking over the 'CalendarView' resource as page size cannot be guaranteed. Express page size preferences using the Prefer: odata.maxpagesize= header instead.",
        ),
        (
            "$select=subject&$filter=x",
            "The following parameters are not supported with change tracking over the 'CalendarView' resource: '$select, $filter'.",
        ),
        (
            "$orderby=start",
            "The following parameters are not supported with change tracking over the 'CalendarView' resource: '$orderby'.",
        ),
        (
            "$expand=x",
            "The following parameters are not supported with change tracking over the 'CalendarView' resource: '$expand'.",
        ),
        (
            "%24search=x",
            "The following parameters are not supported with change tracking over the 'CalendarView' resource: '$search'.",
        ),
    ] {
        for target in [FIRST, &link] {
            let (status, answer) = graph.json(&format!("{target}&{option}")).await;
            assert_eq!((status, code(&answer)), (400, "ErrorInvalidUrlQuery"));
            assert_eq!(answer["error"]["message"], message);
        }
    }
    let (status, answer) = graph.json("/users/conf-a@contoso.com/calendarView/delta").await;
    assert_eq!((status, code(&answer)), (400, "ErrorInvalidParameter"));
}

#[tokio::test]
async fn forgotten_links_are_answered_in_each_form() {
    let sim = one_room((1..=12).map(|day| on(&format!("2026-03-{day:02}"), "x")));
    let graph = Graph::sign_in(&sim).await;
    let mut found = Vec::new();
    for form in [
        LostDelta::NotFound,
        LostDelta::Location,
        LostDelta::ResyncRequired(400),
        LostDelta::Invalid(404),
        LostDelta::NotSupported,
        LostDelta::Error(400, "syncStateNotFound".to_owned(), "Gone.".to_owned()),
    ] {
        let (_, page) = graph.json(FIRST).await;
        let next = page["@odata.nextLink"].as_str().unwrap().to_owned();
        let (_, delta) = round(&graph, FIRST).await;
        sim.forget_deltas(form);
        assert!(graph.get(&next).send().await.unwrap().status().is_client_error());
        let answer = graph.get(&delta).send().await.unwrap();
        if let Some(location) = answer.headers().get("location") {
            let location = location.to_str().unwrap().to_owned();
            assert!(location.ends_with("&$deltatoken="), "{location}");
            assert_eq!(round(&graph, &location).await.0.len(), 12);
        }
        let (status, answer) = read(answer).await;
        found.push((status, answer["error"]["code"].as_str().unwrap_or("-").to_owned()));
    }
    let expected = [
        (410, "SyncStateNotFound"),
        (410, "-"),
        (400, "ResyncRequired"),
        (404, "SyncStateInvalid"),
        (400, "ErrorInvalidUrlQuery"),
        (400, "syncStateNotFound"),
    ];
    assert_eq!(found, expected.map(|(status, code)| (status, code.to_owned())));
    let nonsense = "/users/conf-a@contoso.com/calendarView/delta?$deltatoken=abc";
    assert_eq!(graph.json(nonsense).await.0, 400, "a link that was never given");
    assert_eq!(
        round(&graph, &round(&graph, FIRST).await.1).await.0.len(),
        0,
        "new links work"
    );
}

#[tokio::test]
async fn all_spellings_are_understood_whole_and_in_a_batch() {
    let sim = one_room([on("2026-03-10", "one"), on("2026-03-11", "two")]);
    let graph = Graph::sign_in(&sim).await;
    let id = sim
        .update(|tenant| Ok(tenant.room_mut("conf-a@contoso.com")?.id().to_owned()))
        .unwrap();
    let spellings = [
        "users/conf-a@contoso.com/calendarView/delta".to_owned(),
        "users/conf-a%40contoso.com/calendarView/delta()".to_owned(),
        format!("users/{id}/calendar/calendarView/microsoft.graph.delta"),
        format!("users('{id}')/calendarview/microsoft.graph.delta()"),
    ];
    for path in &spellings {
        let (items, link) = round(&graph, &format!("/{path}?{MARCH}")).await;
        assert_eq!(words(&items), ["one", "two"]);
        assert!(
            link.starts_with(&format!("{}/{path}?$deltatoken=", sim.graph_url())),
            "{link}"
        );
        let inner = json!({"id": "1", "method": "GET", "url": format!("/{path}?{MARCH}"), "headers": {"Prefer": "odata.maxpagesize=1"}});
        let (_, answers) = graph.batch(json!([inner])).await;
        let answer = &answers["responses"][0];
        assert_eq!(
            (answer["status"].as_u64(), each(&answer["body"], "subject")),
            (Some(200), vec!["one"])
        );
        let next = answer["body"]["@odata.nextLink"].as_str().unwrap();
        assert_eq!(words(&round(&graph, next).await.0), ["two"]);
    }
}

#[tokio::test]
async fn mailboxes_refuse_as_the_view_does_and_may_refuse_only_this() {
    let tenant = Tenant::new("contoso.com").user(User::new("adelev@contoso.com", "Adele Vance"));
    let sim = Simulator::start(
        tenant.room(Room::new("conf-a@contoso.com", "Conf A").event(on("2026-03-10", "one"))),
    )
    .unwrap();
    let graph = Graph::sign_in(&sim).await;
    let (_, link) = round(&graph, FIRST).await;
    for (state, expected) in [
        (
            Mailbox::Refused(Refusal::AccessPolicy),
            (403, "ErrorAccessDenied"),
        ),
        (Mailbox::Missing(Missing::InvalidUser), (404, "ErrorInvalidUser")),
        (Mailbox::OnPremises, (404, "MailboxNotEnabledForRESTAPI")),
    ] {
        sim.update(|tenant| {
            tenant
                .room_mut("conf-a@contoso.com")
                .map(|found| found.set_mailbox(state))
        })
        .unwrap();
        for target in [FIRST, &link] {
            let (status, answer) = graph.json(target).await;
            assert_eq!((status, code(&answer)), expected);
        }
    }
    sim.update(|tenant| {
        tenant
            .room_mut("conf-a@contoso.com")
            .map(|found| found.set_mailbox(Mailbox::Normal))
    })
    .unwrap();
    assert_eq!(round(&graph, &link).await.0.len(), 0);
    for (state, expected) in [
        (ChangeTracking::NotSupported, (400, "ErrorInvalidUrlQuery")),
        (
            ChangeTracking::Refused(Refusal::AccessDenied),
            (403, "ErrorAccessDenied"),
        ),
        (ChangeTracking::NotImplemented, (501, "NotImplemented")),
    ] {
        sim.update(|tenant| {
            tenant
                .room_mut("conf-a@contoso.com")
                .map(|found| found.set_change_tracking(state))
        })
        .unwrap();
        let (status, answer) = graph.json(&link).await;
        assert_eq!((status, code(&answer)), expected);
        assert_eq!(graph.json(&FIRST.replace("/delta", "")).await.0, 200);
    }
    sim.update(|tenant| {
        let room = tenant.room_mut("conf-a@contoso.com")?;
        room.set_change_tracking(ChangeTracking::Offered);
        room.make_anew("22bb");
        Ok(())
    })
    .unwrap();
    assert_eq!(
        code(&graph.json(&link).await.1),
        "SyncStateNotFound",
        "the link was of the mailbox before"
    );
    assert_eq!(round(&graph, FIRST).await.0.len(), 0);
    let person = FIRST.replace("conf-a", "adelev");
    let (items, link) = round(&graph, &person).await;
    assert_eq!((items.len(), round(&graph, &link).await.0.len()), (0, 0));
    sim.expire_tokens();
    assert_eq!(graph.json(FIRST).await.0, 401);
}
