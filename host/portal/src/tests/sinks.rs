//! Tests of the pages of sinks: from a kind through a draft to a sink, and its removal.

use super::Browser;
use super::fake_sinks::sink;
use crate::pages::elements::tests::HOSTILE;

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

#[tokio::test]
async fn a_sink_is_added_tried_and_saved() {
    let mut browser = Browser::signed_in().await;
    browser.get("/sinks").await.holds("href=\"/sinks/new\"");
    browser.get("/sinks/new").await.holds("Choose Webhook");
    let reply = browser.post("/sinks/new", &[("kind", "webhook")]).await;
    reply.leads_to("/sink-drafts/s1");
    // An untouched form shows no problems.
    let page = browser.get("/sink-drafts/s1").await;
    page.holds("<h1><bdi>New sink: Webhook</bdi></h1>");
    page.lacks("is missing");
    let fields = [
        ("name", "hook"),
        ("settings.url", "https://rooms.example.com"),
        ("settings.secret", SECRET),
    ];
    let reply = browser.post("/sink-drafts/s1/try", &fields).await;
    reply.leads_to("/sink-drafts/s1#tried");
    let page = browser.get("/sink-drafts/s1").await;
    page.holds("does not work");
    page.holds("hook is down");
    page.holds("Stored <bdi>in the keyring</bdi>.");
    page.lacks(SECRET);
    assert_eq!(browser.fake.world().secret("secret"), Some(SECRET));
    // The secret is kept, and need not be typed again.
    let reply = browser.post("/sink-drafts/s1/save", &fields[..2]).await;
    reply.leads_to("/sinks");
    let page = browser.get("/sinks").await;
    page.holds("hook is saved and applied.");
    page.holds("action=\"/sinks/hook/edit\"");
}

#[tokio::test]
async fn everything_that_is_missing_is_named_at_once_and_nothing_is_tried_or_saved() {
    let mut browser = Browser::signed_in().await;
    browser.post("/sinks/new", &[("kind", "webhook")]).await;
    for (form, what) in [("try", "To try it"), ("save", "To save it")] {
        browser.fake.calls();
        let reply = browser.post(&format!("/sink-drafts/s1/{form}"), &[]).await;
        reply.leads_to("/sink-drafts/s1#field-name");
        let page = browser.get("/sink-drafts/s1").await;
        page.holds(&format!("Kept as a draft. {what}, fix the 3 problems below."));
        for label in ["Name", "Address", "Signing secret"] {
            page.holds(&format!("{label} is missing"));
        }
        let calls = browser.fake.calls();
        assert!(
            !calls.iter().any(|call| call.starts_with(&format!("{form} sink"))),
            "{calls:?}"
        );
    }
    let wrong = [
        ("name", "hook"),
        ("settings.url", "x"),
        ("settings.secret", SECRET),
    ];
    let reply = browser.post("/sink-drafts/s1/save", &wrong).await;
    reply.leads_to("/sink-drafts/s1#field-settings_url");
    let checked = browser.post("/sink-drafts/s1/check", &wrong).await;
    checked.is(200);
    checked.holds("Address is not a URL");
}

#[tokio::test]
async fn what_the_service_refuses_is_said_on_the_page() {
    let mut browser = Browser::signed_in().await;
    browser.post("/sinks/new", &[("kind", "webhook")]).await;
    let fields = [
        ("name", "refused"),
        ("settings.url", "https://rooms.example.com"),
        ("settings.secret", SECRET),
    ];
    let reply = browser.post("/sink-drafts/s1/save", &fields).await;
    reply.is(422);
    reply.holds("the service refused it");
    reply.holds("value=\"https://rooms.example.com\"");
    reply.lacks(SECRET);
}

#[tokio::test]
async fn a_sink_is_changed_and_removed() {
    let mut browser = Browser::signed_in().await;
    for name in ["warehouse", "new", "drafts", HOSTILE] {
        browser.fake.world().sinks.push(sink(name));
        let path = crate::pages::sinks::path(name);
        let edited = browser.post(&format!("{path}/edit"), &[]).await;
        edited.leads_to("/sink-drafts/s2");
        browser.get("/sink-drafts/s2").await.holds("Edit");
        let page = browser.get(&format!("{path}/delete")).await;
        page.is(200);
        page.holds("12 changes wait for this sink. They are not delivered any more.");
        page.lacks("<script>alert");
        browser.fake.calls();
        browser
            .post(&format!("{path}/delete"), &[])
            .await
            .leads_to("/sinks");
        let calls = browser.fake.calls();
        assert!(calls.contains(&format!("remove sink {name} by ada")), "{calls:?}");
    }
    browser.get("/sinks").await.holds("is removed.");
    browser.get("/sinks/gone/delete").await.is(404);
    browser.post("/sinks/gone/edit", &[]).await.is(404);
    browser
        .post("/sink-drafts/s2/discard", &[])
        .await
        .leads_to("/sinks");
    browser.get("/sink-drafts/s2").await.is(404);
}

#[tokio::test]
async fn what_was_typed_into_a_draft_that_is_gone_is_shown_with_a_way_to_begin_again() {
    let mut browser = Browser::signed_in().await;
    browser.post("/sinks/new", &[("kind", "webhook")]).await;
    let page = browser.get("/sink-drafts/s1").await;
    page.holds("name=\"kind\" value=\"webhook\"");
    browser.post("/sink-drafts/s1/discard", &[]).await;
    let fields = [
        ("kind", "webhook"),
        ("name", "hook"),
        (
            "settings.url",
            "https://rooms:typed-password@rooms.example.com/typed",
        ),
        ("settings.secret", SECRET),
    ];
    for form in ["save", "try"] {
        let reply = browser.post(&format!("/sink-drafts/s1/{form}"), &fields).await;
        reply.is(404);
        reply.holds("Not saved: the draft is gone");
        reply.holds("<dt><bdi>Address</bdi></dt><dd>");
        reply.holds("@rooms.example.com/typed");
        reply.lacks("typed-password");
        reply.holds("action=\"/sinks/new\"");
        reply.lacks(SECRET);
    }
    // Someone else saved it.
    browser.fake.world().sinks.push(sink("hook"));
    let reply = browser.post("/sink-drafts/s1/save", &fields).await;
    reply.is(404);
    reply.holds("action=\"/sinks/hook/edit\"");
    // A page of before knows no kind.
    let reply = browser.post("/sink-drafts/s1/save", &fields[1..]).await;
    reply.is(404);
    reply.holds("Go to the sinks");
}

#[tokio::test]
async fn what_a_sink_refused_is_listed_and_delivered_again_or_dropped() {
    let mut browser = Browser::signed_in().await;
    let mut state = sink("warehouse");
    state.state.set_aside = 2;
    browser.fake.world().sinks.push(state);
    browser
        .get("/sinks")
        .await
        .holds("href=\"/sinks/warehouse/refused\"");
    let page = browser.get("/sinks/warehouse/refused").await;
    page.holds("room1@contoso.com");
    page.holds("the subject is too long (422)");
    page.holds("2026-02-02 03:40");
    browser
        .get("/")
        .await
        .holds("refused 2 changes. It stays without them.");
    browser
        .get("/sinks/warehouse/skip")
        .await
        .holds("<strong>2 changes</strong>: the sink never gets them.");
    browser.fake.calls();
    for (form, call, said) in [
        ("retry", "retry sink warehouse by ada", "warehouse is tried now."),
        (
            "skip",
            "skip what warehouse refused by ada",
            "2 set-aside changes are dropped.",
        ),
    ] {
        let reply = browser.post(&format!("/sinks/warehouse/{form}"), &[]).await;
        reply.leads_to("/sinks");
        assert!(browser.fake.calls().contains(&call.to_owned()));
        browser.get("/sinks").await.holds(said);
    }
    // A sink that fails can be tried at once.
    let mut failing = sink("hook");
    failing.state.failing_since = Some(1_770_000_000);
    browser.fake.world().sinks.push(failing);
    browser.get("/sinks").await.holds("action=\"/sinks/hook/retry\"");
    browser.get("/sinks/nowhere/refused").await.is(404);
}
