//! Tests of the way to the consent page and back.

use super::Browser;
use super::fake::{authorization, draft, source};
use crate::api::ConsentState;

#[tokio::test]
async fn what_the_consent_page_sends_is_handed_on_as_it_came() {
    let mut browser = Browser::signed_in().await;
    browser.fake.world().drafts.insert("d1".into(), draft("d1"));
    browser.post("/drafts/d1/authorize", &[]).await.is(303);
    browser.fake.calls();
    let query = "state=state-0&error=access_denied&error_description=AADSTS65004%3A+declined&error_subcode=cancel&admin_consent=True&x=y";
    browser
        .get(&format!("/authorized?{query}"))
        .await
        .leads_to("/drafts/d1#step-details");
    assert_eq!(
        browser.fake.calls()[..1],
        [
            "back by ada: ConsentAnswer { state: Some(\"state-0\"), error: Some(\"access_denied\"), \
             error_description: Some(\"AADSTS65004: declined\"), error_subcode: Some(\"cancel\"), tenant: None, \
             admin_consent: Some(\"True\") }"
        ]
    );
}

#[tokio::test]
async fn a_replayed_a_foreign_and_a_made_up_state_are_refused_by_the_program_and_nothing_is_believed() {
    let mut browser = Browser::signed_in().await;
    browser.fake.world().drafts.insert("d1".into(), draft("d1"));
    browser.post("/drafts/d1/authorize", &[]).await.is(303);
    let mut other = browser.other();
    other.sign_in().await;
    let foreign = other.get("/authorized?state=state-0&tenant=t").await;
    browser.get("/authorized?state=state-0&tenant=t").await.is(303);
    let replayed = browser.get("/authorized?state=state-0&tenant=t").await;
    let made_up = browser.get("/authorized?state=zzz&tenant=t").await;
    let none = browser.get("/authorized").await;
    let twice = browser.get("/authorized?state=state-0&state=state-1").await;
    for reply in [foreign, replayed, made_up, none, twice] {
        reply.is(422);
        reply.holds("This consent was not requested here");
        reply.holds("The portal ignored the answer and changed nothing: ");
    }
}

#[tokio::test]
async fn an_answer_that_comes_back_to_nobody_is_not_kept() {
    let mut browser = Browser::new();
    let reply = browser.get("/authorized?state=secret-state&tenant=t").await;
    reply.is(403);
    reply.holds(
        "The consent page returned, but you are no longer signed in. The portal discarded its answer.",
    );
    reply.holds("href=\"/login?next=%2Finfrastructure\"");
    reply.lacks("secret-state");
    assert!(browser.fake.calls().is_empty());
}

#[tokio::test]
async fn the_session_is_bound_by_something_that_is_not_the_cookie() {
    let mut browser = Browser::signed_in().await;
    browser.fake.world().drafts.insert("d1".into(), draft("d1"));
    browser.post("/drafts/d1/authorize", &[]).await.is(303);
    browser.post("/drafts/d1/authorize", &[]).await.is(303);
    let world = browser.fake.world();
    let bindings: Vec<&String> = world.states.values().map(|(binding, _)| binding).collect();
    assert_eq!(bindings[0], bindings[1]);
    assert_eq!(bindings[0].len(), 43);
    assert!(!browser.cookie.as_ref().unwrap().contains(bindings[0].as_str()));
    assert_ne!(&browser.csrf, bindings[0]);
}

#[tokio::test]
async fn the_state_of_consent_is_told_in_words() {
    let mut browser = Browser::signed_in().await;
    browser
        .fake
        .world()
        .sources
        .insert("contoso".into(), source("contoso"));
    let at = 1_770_000_000;
    for (state, said) in [
        (None, "Consent was not requested here."),
        (
            Some(ConsentState::Asked { at }),
            "and has not returned yet. If it was closed, click the button again.",
        ),
        (
            Some(ConsentState::Granted {
                at,
                by: "ada".into(),
                tenant: "t-1".into(),
            }),
            "Verified with a token from tenant <code><bdi>t-1</bdi></code>.",
        ),
        (
            Some(ConsentState::Unproven {
                at,
                by: "ada".into(),
                tenant: "t-1".into(),
                problem: "not there yet".into(),
                advice: "wait".into(),
            }),
            "but no token is available yet: <bdi>not there yet</bdi>",
        ),
        (
            Some(ConsentState::Refused {
                at,
                problem: "It was declined".into(),
                advice: "ask a Global Administrator".into(),
                code: Some("AADSTS65004".into()),
            }),
            "<p class=\"problem\"><bdi>It was declined</bdi></p><p><bdi>ask a Global Administrator</bdi></p>",
        ),
        (
            Some(ConsentState::Doubtful {
                at,
                by: "ada".into(),
                problem: "the secret is wrong".into(),
                advice: "replace it".into(),
                code: None,
            }),
            "<span class=\"status warning\">given, but not proved</span>",
        ),
    ] {
        browser.fake.world().authorization = Some(authorization(state));
        let page = browser.get("/sources/contoso").await;
        page.holds(said);
        page.holds(">O365 Authorization</h2>");
        page.holds("action=\"/sources/contoso/authorize\"");
    }
    let reply = browser.post("/sources/contoso/authorize", &[]).await;
    assert!(reply.location().starts_with("https://login.microsoftonline.com/"));
    assert!(browser.get("/authorized?state=state-0").await.location() == "/sources/contoso#authorization");
}
