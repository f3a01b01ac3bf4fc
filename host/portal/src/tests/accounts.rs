//! Creating the first account, signing in and out, passwords, adding and removing accounts.

use super::fake::PASSWORD;
use super::{Browser, Reply};

const NEW: &str = "four words in a row";

/// Submits the form for the first account.
async fn set_up(browser: &mut Browser, token: &str, account: &str, new: &str, again: &str) -> Reply {
    let fields = [
        ("token", token),
        ("account", account),
        ("new", new),
        ("again", again),
    ];
    browser.post("/setup", &fields).await
}

#[tokio::test]
async fn the_first_account_is_made_with_the_token_and_signed_in() {
    let mut browser = Browser::first_run();
    browser.get("/").await.leads_to("/login");
    browser.get("/login").await.leads_to("/setup");
    browser.get("/setup").await.holds("First-run token");
    set_up(&mut browser, "the-token", " Ada ", NEW, NEW)
        .await
        .leads_to("/infrastructure");
    browser.get("/infrastructure").await.is(200);
    assert_eq!(
        browser.fake.deeds(),
        [
            "first-run token from 192.0.2.7 account-added ada (administrator)",
            "ada signed-in ada (from 192.0.2.7)"
        ]
    );
    let world = browser.fake.world();
    assert_eq!(world.accounts.len(), 1);
    assert!(world.accounts[0].password_hash.starts_with("$argon2id$"));
}

#[tokio::test]
async fn a_wrong_token_makes_no_account() {
    let mut browser = Browser::first_run();
    for token in ["", "the-toke", "the-token2", "THE-TOKEN"] {
        let reply = set_up(&mut browser, token, "ada", NEW, NEW).await;
        reply.is(422);
        reply.holds("Incorrect token. Use the one that the collector printed when it last started");
    }
    assert!(browser.fake.world().accounts.is_empty());
    assert!(browser.cookie.is_none());
    assert_eq!(
        browser.fake.deeds().first().unwrap(),
        "nobody sign-in-refused  (from 192.0.2.7: wrong first-run token)"
    );
}

#[tokio::test]
async fn guessing_the_token_is_slowed() {
    let mut browser = Browser::first_run();
    for _ in 0..10 {
        set_up(&mut browser, "guess", "ada", NEW, NEW).await.is(422);
    }
    let reply = set_up(&mut browser, "the-token", "ada", NEW, NEW).await;
    reply.is(429);
    assert!(browser.fake.world().accounts.is_empty());
}

#[tokio::test]
async fn the_setup_is_gone_once_there_is_an_account() {
    let mut browser = Browser::new();
    browser.get("/setup").await.is(404);
    set_up(&mut browser, "the-token", "eve", NEW, NEW).await.is(404);
    assert_eq!(browser.fake.world().accounts.len(), 1);
}

#[tokio::test]
async fn of_two_first_accounts_at_once_one_is_made() {
    let mut one = Browser::first_run();
    let mut two = one.other();
    let (first, second) = tokio::join!(
        set_up(&mut one, "the-token", "ada", NEW, NEW),
        set_up(&mut two, "the-token", "eve", NEW, NEW)
    );
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 404]);
    assert_eq!(one.fake.world().accounts.len(), 1);
}

#[tokio::test]
async fn a_new_account_has_a_usable_name_and_a_long_password() {
    let mut browser = Browser::first_run();
    for (account, new, again, said) in [
        (
            "ada",
            "short",
            "short",
            "The password has 5 characters. Use at least 12; several words work well.",
        ),
        (
            "ada",
            NEW,
            "four words in a raw",
            "The passwords do not match. Type the same password twice.",
        ),
        (
            "",
            NEW,
            NEW,
            "Use 1 to 64 characters: letters a to z, digits, and . - _ @",
        ),
        (
            "<b>",
            NEW,
            NEW,
            "Use 1 to 64 characters: letters a to z, digits, and . - _ @",
        ),
    ] {
        let reply = set_up(&mut browser, "the-token", account, new, again).await;
        reply.is(422);
        reply.holds(said);
        reply.lacks(NEW);
    }
    assert!(browser.fake.world().accounts.is_empty());
}

#[tokio::test]
async fn an_unknown_name_and_a_wrong_password_get_the_same_answer() {
    let mut browser = Browser::new();
    let unknown = browser
        .post("/login", &[("account", "eve"), ("password", PASSWORD)])
        .await;
    let wrong = browser
        .post("/login", &[("account", "ada"), ("password", "not that at all")])
        .await;
    assert_eq!(unknown.status, wrong.status);
    assert_eq!(unknown.headers, wrong.headers);
    assert_eq!(unknown.body.replace("eve", "ada"), wrong.body);
    unknown.is(422);
    assert!(browser.cookie.is_none());
    // An unknown name may be a password typed into the wrong field.
    assert_eq!(
        browser.fake.deeds(),
        [
            "nobody sign-in-refused  (from 192.0.2.7: unknown account)",
            "nobody sign-in-refused ada (from 192.0.2.7: wrong password)"
        ]
    );
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let mut browser = Browser::signed_in().await;
    let cookie = browser.cookie.clone();
    browser.fake.deeds();
    browser.post("/logout", &[]).await.leads_to("/login");
    assert_eq!(browser.fake.deeds(), ["ada signed-out ada ()"]);
    assert!(browser.cookie.is_none(), "the cookie is removed");
    browser.cookie = cookie;
    browser.get("/account").await.leads_to("/login?next=%2Faccount");
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_of_the_account_only() {
    let mut browser = Browser::signed_in().await;
    browser.fake.world().accounts.push(super::fake::account("grace"));
    let mut other = browser.other();
    other.sign_in().await;
    let mut grace = browser.other();
    grace
        .post("/login", &[("account", "grace"), ("password", PASSWORD)])
        .await
        .leads_to("/");
    browser.fake.deeds();

    let before = browser.cookie.clone();
    let fields = [("current", PASSWORD), ("new", NEW), ("again", NEW)];
    browser
        .post("/account/password", &fields)
        .await
        .leads_to("/account");
    assert_ne!(browser.cookie, before);
    browser
        .get("/account")
        .await
        .holds("Password changed. Your other sessions have ended.");
    other.get("/account").await.leads_to("/login?next=%2Faccount");
    grace.get("/account").await.is(200);
    assert_eq!(browser.fake.deeds(), ["ada password-changed ada ()"]);
    let mut anew = browser.other();
    let fields = [("account", "ada"), ("password", PASSWORD)];
    anew.post("/login", &fields).await.is(422);
    let fields = [("account", "ada"), ("password", NEW)];
    anew.post("/login", &fields).await.leads_to("/");
}

#[tokio::test]
async fn only_the_current_password_changes_a_password() {
    let mut browser = Browser::signed_in().await;
    let hash = browser.fake.world().accounts[0].password_hash.clone();
    let fields = [("current", "not that at all"), ("new", NEW), ("again", NEW)];
    let reply = browser.post("/account/password", &fields).await;
    reply.is(422);
    reply.holds("Incorrect password");
    assert_eq!(browser.fake.world().accounts[0].password_hash, hash);
}

#[tokio::test]
async fn an_account_is_made_for_somebody_else_once() {
    let mut browser = Browser::signed_in().await;
    browser.fake.deeds();
    let fields = [
        ("account", "Grace@contoso.com"),
        ("role", "analyst"),
        ("new", NEW),
        ("again", NEW),
    ];
    browser.post("/account/add", &fields).await.leads_to("/account");
    browser
        .get("/account")
        .await
        .holds("Account grace@contoso.com created.");
    assert_eq!(
        browser.fake.deeds(),
        ["ada account-added grace@contoso.com (analyst)"]
    );
    let reply = browser.post("/account/add", &fields).await;
    reply.is(422);
    reply.holds("grace@contoso.com is there already");
}

#[tokio::test]
async fn a_session_ends_with_its_account() {
    let mut browser = Browser::signed_in().await;
    browser.fake.world().accounts.clear();
    browser.fake.world().accounts.push(super::fake::account("grace"));
    browser.get("/rooms").await.leads_to("/login?next=%2Frooms");
}

#[tokio::test]
async fn an_account_is_removed_with_the_password_of_whoever_asks_and_its_sessions_end() {
    let mut browser = Browser::signed_in().await;
    browser.fake.world().accounts.push(super::fake::account("grace"));
    let mut grace = browser.other();
    grace
        .post("/login", &[("account", "grace"), ("password", PASSWORD)])
        .await
        .leads_to("/");
    browser.fake.deeds();
    let page = browser.get("/account").await;
    page.holds("Remove <bdi>ada</bdi></button>");
    page.holds("Remove <bdi>grace</bdi></button>");
    page.holds("This is your own account");

    let fields = [("account", "grace"), ("current", "not that at all")];
    let reply = browser.post("/account/remove", &fields).await;
    reply.is(422);
    reply.holds("<bdi>Incorrect password; nothing was removed</bdi>");
    reply.holds("<details open><summary>Remove <bdi>grace</bdi>");
    reply.holds("<details><summary>Remove <bdi>ada</bdi>");
    grace.get("/account").await.is(200);

    let fields = [("account", "grace"), ("current", PASSWORD)];
    browser
        .post("/account/remove", &fields)
        .await
        .leads_to("/account");
    let page = browser.get("/account").await;
    page.holds("Account grace removed. Its sessions have ended.");
    page.lacks("Remove <bdi>");
    page.holds("The last administrator can neither be removed nor get another role.");
    grace.get("/account").await.leads_to("/login?next=%2Faccount");
    assert_eq!(browser.fake.deeds(), ["ada account-removed grace ()"]);
}

#[tokio::test]
async fn the_own_account_can_be_removed_and_the_last_and_unknown_ones_cannot() {
    let mut browser = Browser::signed_in().await;
    browser.fake.deeds();
    let own = [("account", "ada"), ("current", PASSWORD)];
    let reply = browser.post("/account/remove", &own).await;
    reply.is(422);
    reply.holds("ada is the last administrator");
    reply.holds("href=\"/account\"");
    let fields = [("account", "nobody"), ("current", PASSWORD)];
    browser.post("/account/remove", &fields).await.is(404);
    assert!(browser.fake.deeds().is_empty());

    browser.fake.world().accounts.push(super::fake::account("grace"));
    browser.get("/account").await.is(200);
    browser.post("/account/remove", &own).await.leads_to("/login");
    assert!(browser.cookie.is_none(), "the session is over");
    assert_eq!(browser.fake.deeds(), ["ada account-removed ada ()"]);
    assert_eq!(browser.fake.world().accounts.len(), 1);
}
