//! Tests of the page on which tokens of the API are made and revoked.

use super::Browser;
use super::fake::{Fake, account_as};
use crate::api::Role;

/// Two days from now, as the form writes it.
fn soon() -> String {
    let soon = chrono::Utc::now() + chrono::TimeDelta::days(2);
    soon.format("%Y-%m-%d").to_string()
}

/// The token that a page shows.
pub(super) fn shown(page: &str) -> Option<&str> {
    let (_, rest) = page.split_once("<code>collector_")?;
    let (random, _) = rest.split_once('<')?;
    let begin = page.find("collector_")?;
    page.get(begin..begin + "collector_".len() + random.len())
}

#[tokio::test]
async fn a_token_is_shown_once_and_stored_as_a_digest() {
    let mut browser = Browser::signed_in().await;
    browser.fake.deeds();
    browser.get("/access").await.holds("No tokens yet.");
    let fields = [("name", " Lobby "), ("ends", &soon()), ("figures", "true")];
    let made = browser.post("/access/add", &fields).await;
    made.is(200);
    assert_eq!(made.header("cache-control"), "no-store");
    let token = shown(&made.body).unwrap().to_owned();
    assert_eq!(token.len(), "collector_".len() + 43);
    let stored = browser.fake.world().tokens.clone();
    assert_eq!(stored[0].0.name, "Lobby");
    assert_eq!(stored[0].0.scopes, "figures");
    assert_eq!(stored[0].1.len(), 64);
    assert!(!format!("{stored:?}").contains(&token));
    assert_eq!(
        browser.fake.deeds(),
        [format!(
            "ada api-token-made Lobby (may read figures as an administrator until {})",
            soon()
        )]
    );
    let page = browser.get("/access").await;
    page.holds("Lobby");
    page.holds("never");
    assert_eq!(shown(&page.body), None);
    // The page loaded again.
    let again = browser.post("/access/add", &fields).await;
    again.is(422);
    again.holds("you have a token for Lobby");
    assert_eq!(browser.fake.world().tokens.len(), 1);
}

#[tokio::test]
async fn an_analyst_sees_and_revokes_own_tokens_only_and_an_administrator_all() {
    let mut ada = Browser::signed_in().await;
    let grace = account_as("grace", Role::Analyst);
    ada.fake.world().accounts.push(grace);
    let mut grace = ada.other();
    grace.sign_in_as("grace").await;
    for (browser, name) in [(&mut ada, "Lobby"), (&mut grace, "Canteen")] {
        browser.get("/access").await.is(200);
        let fields = [("name", name), ("ends", &soon()), ("figures", "true")];
        browser.post("/access/add", &fields).await.is(200);
    }
    let page = grace.get("/access").await;
    page.holds("Canteen");
    page.lacks("Lobby");
    grace.post("/access/revoke", &[("number", "1")]).await.is(404);
    let page = ada.get("/access").await;
    page.holds("Lobby");
    page.holds("<bdi>grace</bdi>, analyst");
    assert_eq!(ada.fake.world().tokens.len(), 2);
    // Demoted, she has no tokens any more, and what she made stops.
    ada.post("/account/role", &[("account", "grace"), ("role", "viewer")])
        .await
        .leads_to("/account");
    grace.get("/access").await.is(403);
    let page = ada.get("/access").await;
    page.holds("stopped");
    page.holds("who may have no tokens any more");
    ada.post("/access/revoke", &[("number", "2")])
        .await
        .leads_to("/access");
    ada.get("/access").await.lacks("<bdi>Canteen</bdi></th>");
}

#[tokio::test]
async fn a_name_that_somebody_else_chose_is_free_and_whose_token_is_revoked_is_said() {
    let mut ada = Browser::signed_in().await;
    ada.fake.world().accounts.push(account_as("grace", Role::Analyst));
    let mut grace = ada.other();
    grace.sign_in_as("grace").await;
    for browser in [&mut ada, &mut grace] {
        browser.get("/access").await.is(200);
        let fields = [("name", "Lobby"), ("ends", &soon()), ("figures", "true")];
        browser.post("/access/add", &fields).await.is(200);
        browser.post("/access/add", &fields).await.is(422);
    }
    let page = ada.get("/access").await;
    page.holds("Revoke <bdi>Lobby</bdi><");
    page.holds("Revoke <bdi>Lobby</bdi> of <bdi>grace</bdi>");
    ada.fake.deeds();
    ada.post("/access/revoke", &[("number", "2")])
        .await
        .leads_to("/access");
    assert_eq!(
        ada.fake.deeds(),
        ["ada api-token-revoked Lobby (it was made by grace)"]
    );
}

#[tokio::test]
async fn what_is_wrong_is_said_and_nothing_is_made() {
    let mut browser = Browser::signed_in().await;
    let reply = browser
        .post("/access/add", &[("name", "<b>Lobby"), ("ends", "2020-01-01")])
        .await;
    reply.is(422);
    for part in [
        "Choose a date from ",
        "Choose what the token may read",
        "value=\"&lt;b&gt;Lobby\"",
    ] {
        reply.holds(part);
    }
    assert!(browser.fake.world().tokens.is_empty());
}

#[tokio::test]
async fn a_token_is_revoked_by_whoever_is_signed_in() {
    let mut browser = Browser::signed_in().await;
    let fields = [("name", "Lobby"), ("ends", &soon()), ("records", "true")];
    browser.post("/access/add", &fields).await.is(200);
    browser.get("/access").await.is(200);
    browser.fake.deeds();
    browser
        .post("/access/revoke", &[("number", "1")])
        .await
        .leads_to("/access");
    assert_eq!(browser.fake.deeds(), ["ada api-token-revoked Lobby ()"]);
    browser.get("/access").await.holds("Token Lobby revoked.");
    browser.post("/access/revoke", &[("number", "1")]).await.is(404);
}

#[tokio::test]
async fn the_example_names_the_address_of_the_portal() {
    let mut browser = Browser::at("https://rooms.example.com/", Fake::with_account());
    browser.sign_in().await;
    let fields = [("name", "Lobby"), ("ends", &soon()), ("figures", "true")];
    let made = browser.post("/access/add", &fields).await;
    made.holds("https://rooms.example.com/api/v1/rooms");
}
