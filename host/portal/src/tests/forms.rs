//! Tests of forms: who may send them, from where, and what is refused.

use axum::body::Body;
use axum::http::Request;
use axum::http::header::CONTENT_TYPE;

use super::fake::PASSWORD;
use super::{Browser, FORMS, OWN, PAGES, furnished};

#[tokio::test]
async fn every_form_needs_a_session() {
    let mut browser = Browser::new();
    for path in FORMS {
        let reply = browser.post(path, &[]).await;
        reply.is(303);
        assert!(reply.location().starts_with("/login?"), "{path}");
    }
    assert!(browser.fake.calls().is_empty());
}

#[tokio::test]
async fn a_form_that_is_sent_after_the_session_ended_leads_back_to_its_page_and_says_that_it_was_not_saved() {
    let mut browser = furnished().await;
    browser.cookie = None;
    let details = [("name", "contoso")];
    let reply = browser.post("/drafts/d1/details", &details).await;
    reply.leads_to("/login?next=%2Fdrafts%2Fd1&lost=1");
    let page = browser.get(reply.location()).await;
    page.holds("Your session had ended, so what you entered was not saved.");
    page.holds("name=\"next\" value=\"/drafts/d1\"");
    let fields = [("account", "ada"), ("password", PASSWORD), ("next", "/drafts/d1")];
    browser.post("/login", &fields).await.leads_to("/drafts/d1");
    assert!(!browser.fake.calls().iter().any(|call| call.starts_with("change")));
    // Signing out leads nowhere.
    browser.cookie = None;
    browser.post("/logout", &[]).await.leads_to("/login?lost=1");
}

#[tokio::test]
async fn the_script_asks_who_is_signed_in_before_it_sends_a_form() {
    let mut browser = furnished().await;
    let page = browser.get("/drafts/d1").await;
    page.holds("<body data-account=\"ada\">");
    page.holds("/static/session.js?v=");
    let csrf = browser.csrf.clone();
    let reply = browser.get("/session").await;
    assert_eq!(reply.header("content-type"), "application/json");
    assert_eq!(reply.header("cache-control"), "no-store");
    let said: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!(said, serde_json::json!({"account": "ada", "csrf": csrf}));
    // Nobody: a redirect, which tells the script no more than that.
    browser.cookie = None;
    let reply = browser.get("/session").await;
    reply.leads_to("/login");
    reply.lacks(&csrf);
    let page = browser.get("/login?next=%2Fsigned-in").await;
    page.holds("name=\"next\" value=\"/signed-in\"");
    page.lacks("data-account");
    page.lacks("session.js");
}

#[tokio::test]
async fn every_form_is_there_and_is_only_sent() {
    let mut browser = furnished().await;
    for path in FORMS.iter().filter(|path| !PAGES.contains(path)) {
        let reply = browser.get(path).await;
        reply.is(405);
        assert_eq!(reply.header("allow"), "POST", "{path}");
        reply.holds("This page cannot be opened this way");
        reply.holds("Nothing was changed.");
    }
    for (path, above) in [
        ("/drafts/d1/save", "/drafts/d1"),
        ("/sources/contoso/collect", "/sources/contoso"),
        ("/connectors/o365/approve", "/connectors"),
    ] {
        browser
            .get(path)
            .await
            .holds(&format!("<a href=\"{above}\">Go to the page of the form"));
    }
}

#[tokio::test]
async fn every_form_needs_the_token_of_its_session() {
    let mut browser = furnished().await;
    let mut other = browser.other();
    other.sign_in().await;
    browser.fake.calls();
    let (own, foreign) = (browser.csrf.clone(), other.csrf.clone());
    assert_ne!(own, foreign);
    let short = &own[1..];
    for path in FORMS {
        for token in [None, Some(""), Some(foreign.as_str()), Some(short)] {
            let fields: Vec<_> = token.iter().map(|token| ("csrf", *token)).collect();
            let reply = browser.post_with(path, &fields, &OWN).await;
            reply.is(403);
            reply.holds("Nothing was changed.");
        }
    }
    assert!(browser.fake.calls().is_empty());
    assert!(
        browser.get("/account").await.status.is_success(),
        "still signed in"
    );
}

#[tokio::test]
async fn a_form_from_another_site_is_refused_with_the_right_token_too() {
    let mut browser = furnished().await;
    browser.fake.calls();
    let csrf = browser.csrf.clone();
    let same = ("sec-fetch-site", "same-origin");
    for headers in [
        &[("sec-fetch-site", "cross-site")][..],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "https://evil.example")],
        &[("origin", "http://localhost:9464")],
        &[("origin", "https://localhost:9463")],
        &[("origin", "null")],
        &[("origin", "nonsense")],
        &[same, ("origin", "https://evil.example")],
        &[
            ("sec-fetch-site", "cross-site"),
            ("origin", "http://localhost:9463"),
        ],
    ] {
        let reply = browser
            .post_with("/sources/contoso/pause", &[("csrf", &csrf)], headers)
            .await;
        reply.is(403);
    }
    assert!(browser.fake.calls().is_empty());
    for headers in [
        &[][..],
        &OWN,
        &[same],
        &[("origin", "http://localhost:9463")],
        &[same, ("origin", "http://LOCALHOST:9463")],
    ] {
        let reply = browser
            .post_with("/sources/contoso/pause", &[("csrf", &csrf)], headers)
            .await;
        reply.leads_to("/sources/contoso");
    }
}

#[tokio::test]
async fn a_sign_in_is_sent_by_our_own_page() {
    let mut browser = Browser::new();
    let fields = [("account", "ada"), ("password", PASSWORD)];
    for headers in [
        &[][..],
        &[("origin", "null")],
        &[("origin", "https://evil.example")],
        &[("sec-fetch-site", "cross-site"), ("origin", "null")],
        &[("sec-fetch-site", "same-site")],
    ] {
        browser.post_with("/login", &fields, headers).await.is(403);
        browser.post_with("/setup", &fields, headers).await.is(403);
    }
    assert!(browser.cookie.is_none());
    let own = [("origin", "http://localhost:9463")];
    browser.post_with("/login", &fields, &own).await.leads_to("/");
}

#[tokio::test]
async fn a_form_that_is_too_large_is_refused() {
    let mut browser = Browser::signed_in().await;
    let csrf = browser.csrf.clone();
    let large = "x".repeat(1 << 20);
    let reply = browser
        .post("/infrastructure/new", &[("connector", large.as_str())])
        .await;
    reply.is(413);
    reply.holds("The form is too large");
    // The same without a declared length.
    let request = Request::post("/infrastructure/new")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(of_unknown_length(format!("csrf={csrf}&connector={large}")))
        .unwrap();
    browser.send(request).await.is(413);
    let fits = "x".repeat((1 << 20) - 200);
    browser
        .post("/infrastructure/new", &[("connector", fits.as_str())])
        .await
        .leads_to("/drafts/d1");
}

#[tokio::test]
async fn only_administrators_may_send_more_than_64_kib() {
    let mut browser = Browser::signed_in().await;
    let large = "x".repeat(64 << 10);
    // Whoever signs in has no role yet, though the session of another account may still be there.
    browser
        .post("/login", &[("account", large.as_str())])
        .await
        .is(413);
    browser.cookie = None;
    browser
        .post("/login", &[("account", large.as_str())])
        .await
        .is(413);
}

/// A body without a declared length.
fn of_unknown_length(text: String) -> Body {
    use axum::body::HttpBody as _;
    use http_body_util::{BodyExt as _, Full};
    let body = Full::<axum::body::Bytes>::from(text).map_frame(|frame| frame);
    assert_eq!(body.size_hint().exact(), None);
    Body::new(body)
}

#[tokio::test(start_paused = true)]
async fn a_form_that_does_not_come_to_its_end_is_not_waited_for() {
    let mut browser = Browser::signed_in().await;
    browser.fake.calls();
    let begun = tokio::time::Instant::now();
    let request = Request::post("/infrastructure/new")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(without_an_end())
        .unwrap();
    let reply = browser.send(request).await;
    reply.is(408);
    reply.holds("It was incomplete after 10 seconds. Nothing was changed.");
    // The paused clock advances only while nothing else runs.
    assert_eq!(begun.elapsed().as_secs(), 10);
    assert!(browser.fake.calls().is_empty());
    // The same holds for strangers.
    let request = Request::post("/login")
        .header("sec-fetch-site", "same-origin")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(without_an_end())
        .unwrap();
    browser.other().send(request).await.is(408);
}

/// A body that begins and never ends.
fn without_an_end() -> Body {
    use http_body_util::{BodyExt as _, Full};
    let begin = Full::<axum::body::Bytes>::from("account=");
    Body::new(begin.with_trailers(std::future::pending()))
}

#[tokio::test]
async fn a_form_with_a_field_twice_is_refused_and_an_unknown_one_is_not() {
    let mut browser = Browser::signed_in().await;
    browser.fake.calls();
    let twice = [("connector", "o365"), ("connector", "ics")];
    let reply = browser.post("/infrastructure/new", &twice).await;
    reply.is(400);
    reply.holds("A field has two values.");
    assert!(browser.fake.calls().is_empty());
    let unknown = [("connector", "o365"), ("colour", "red")];
    browser
        .post("/infrastructure/new", &unknown)
        .await
        .leads_to("/drafts/d1");
}

#[tokio::test]
async fn a_body_that_is_not_a_form_is_refused() {
    let mut browser = Browser::signed_in().await;
    for kind in [
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=x",
    ] {
        let request = Request::post("/infrastructure/new")
            .header(CONTENT_TYPE, kind)
            .body(Body::from(format!("csrf={}", browser.csrf)))
            .unwrap();
        browser.send(request).await.is(415);
    }
}
