//! Single sign-on, as the browser sees it. What to believe of the provider, the program decides.

use super::{Browser, Fake, PASSWORD, Reply};
use crate::api::{Role, SignInProblem};

const ZOE: &str = "oidc:https://login.example zoe";

/// A browser for a portal with a provider, which names this role for zoe.
fn company(role: Option<Role>) -> Browser {
    let fake = Fake::with_account();
    {
        let mut world = fake.world();
        world.single = Some("Sign in with <Microsoft>".into());
        world.visitors.extend(role.map(|role| (ZOE.to_owned(), role)));
    }
    Browser::at("http://localhost:9463/", fake)
}

/// Begins a sign-in, and gives the state that went to the provider.
async fn begin(browser: &mut Browser, next: &str) -> String {
    let reply = browser.post("/sign-in", &[("next", next)]).await;
    reply.is(200);
    let (_, rest) = reply
        .body
        .split_once(
            "<meta http-equiv=\"refresh\" content=\"0; url=https://login.example/authorize?a=b&amp;state=",
        )
        .unwrap();
    rest.split('"').next().unwrap().to_owned()
}

async fn come_back(browser: &mut Browser, state: &str) -> Reply {
    browser
        .get(&format!("/sign-in/answer?code=zoe&state={state}"))
        .await
}

#[tokio::test]
async fn a_provider_signs_somebody_in_with_a_role_and_leads_to_the_page_that_was_asked_for() {
    let mut browser = company(Some(Role::Analyst));
    let page = browser.get("/login?next=%2Frooms%3Ftext%3Da").await;
    page.holds("Sign in with &lt;Microsoft&gt;");
    page.holds("<input type=\"hidden\" name=\"next\" value=\"/rooms?text=a\">");
    page.holds("With an account of the collector");
    let planted = Some("collector-9463=AAECAwQFBgcICQoLDA0ODw".to_owned());
    browser.cookie.clone_from(&planted);
    let state = begin(&mut browser, "/rooms?text=a").await;
    assert!(
        browser
            .away
            .as_ref()
            .unwrap()
            .starts_with("collector-9463-sign-in=")
    );
    come_back(&mut browser, &state).await.leads_to("/rooms?text=a");
    assert!(browser.cookie.is_some() && browser.cookie != planted);
    assert!(browser.away.is_none());
    assert_eq!(
        browser.fake.deeds(),
        [
            "zoe@contoso.com (oidc:zoe) signed-in zoe@contoso.com (oidc:zoe) (from 192.0.2.7, by single sign-on, role analyst)"
        ]
    );
    browser.get("/rooms").await.is(200);
    browser.get("/audit").await.is(403);
    let page = browser.get("/account").await;
    page.holds("<bdi>zoe@contoso.com (oidc:zoe)</bdi></strong>, an analyst");
    page.holds("are kept by the provider");
    page.lacks("/account/password");
    let fields = [
        ("current", "x"),
        ("new", "four words in a row"),
        ("again", "four words in a row"),
    ];
    browser.post("/account/password", &fields).await.is(422);
    // What it makes is its own.
    let soon = chrono::Utc::now() + chrono::TimeDelta::days(2);
    let ends = soon.format("%Y-%m-%d").to_string();
    let fields = [("name", "Lobby"), ("ends", ends.as_str()), ("figures", "true")];
    browser.get("/access").await.is(200);
    browser.post("/access/add", &fields).await.is(200);
    assert_eq!(
        browser.fake.world().tokens[0].0.owner.as_deref(),
        Some("oidc:https://login.example zoe")
    );
    browser.fake.world().sign_out = Some("https://login.example/end?client_id=\"c\"".into());
    let reply = browser.post("/logout", &[]).await;
    reply.is(200);
    reply.holds("content=\"0; url=https://login.example/end?client_id=&quot;c&quot;\"");
    browser.get("/rooms").await.leads_to("/login?next=%2Frooms");
}

#[tokio::test]
async fn an_answer_counts_once_and_only_in_the_browser_that_was_sent() {
    let mut browser = company(Some(Role::Viewer));
    let state = begin(&mut browser, "/").await;
    let disbelieved = "This sign-in was not started in this browser, was already used, or has expired.";
    let mut other = browser.other();
    // Somebody else's link, with and without a sign-in of one's own under way.
    let reply = come_back(&mut other, &state).await;
    reply.is(422);
    reply.holds(disbelieved);
    begin(&mut other, "/").await;
    come_back(&mut other, &state).await.holds(disbelieved);
    assert!(other.cookie.is_none());
    for query in [
        "",
        "code=zoe",
        "code=zoe&state=",
        "code=zoe&state=state-9",
        "code=zoe&code=eve&state=state-0",
    ] {
        let away = browser.away.clone();
        let reply = browser.get(&format!("/sign-in/answer?{query}")).await;
        reply.is(422);
        reply.holds(disbelieved);
        // The browser's own cookie was used up by that; an attacker cannot make it come back.
        assert!(browser.away.is_none());
        browser.away = away;
    }
    let away = browser.away.clone();
    come_back(&mut browser, &state).await.leads_to("/");
    browser.away = away;
    let reply = come_back(&mut browser, &state).await;
    reply.is(422);
    reply.holds(disbelieved);
    assert!(
        browser
            .fake
            .deeds()
            .iter()
            .any(|deed| deed.contains("an answer that was not asked for"))
    );
}

#[tokio::test]
async fn whoever_has_no_role_does_not_get_in_and_is_told_whom_to_ask() {
    let mut browser = company(None);
    let state = begin(&mut browser, "/").await;
    let reply = come_back(&mut browser, &state).await;
    reply.is(403);
    reply.holds("You are <bdi>&lt;b&gt;zoe (oidc:zoe)</bdi>, and have no role in this portal.");
    reply.holds("Ask whoever manages the accounts of your organisation");
    reply.holds("A hint.");
    assert!(browser.cookie.is_none());
    assert_eq!(
        browser.fake.deeds(),
        ["nobody sign-in-refused <b>zoe (oidc:zoe) (from 192.0.2.7: the provider names no role for it)"]
    );
}

#[tokio::test]
async fn a_session_ends_when_the_provider_takes_the_role_away_and_follows_another_role() {
    let mut browser = company(Some(Role::Administrator));
    let state = begin(&mut browser, "/").await;
    come_back(&mut browser, &state).await.leads_to("/");
    browser.get("/audit").await.is(200);
    browser.fake.world().visitors.insert(ZOE.to_owned(), Role::Viewer);
    browser.get("/audit").await.is(403);
    browser.get("/rooms").await.is(200);
    browser.fake.world().visitors.clear();
    browser.get("/rooms").await.leads_to("/login?next=%2Frooms");
    assert!(browser.cookie.is_none());
}

#[tokio::test]
async fn an_administrator_by_the_provider_manages_accounts_without_a_password_here() {
    let mut browser = company(Some(Role::Administrator));
    let grace = super::fake::account_as("grace", Role::Viewer);
    browser.fake.world().accounts.push(grace);
    let state = begin(&mut browser, "/account").await;
    come_back(&mut browser, &state).await.leads_to("/account");
    let page = browser.get("/account").await;
    page.holds("Remove <bdi>grace</bdi>");
    page.lacks("Current password");
    browser
        .post("/account/remove", &[("account", "grace")])
        .await
        .leads_to("/account");
    // The last administrator that has a password here is the way back.
    browser
        .post("/account/remove", &[("account", "ada")])
        .await
        .is(422);
}

#[tokio::test]
async fn without_the_provider_the_accounts_of_the_portal_are_the_way_in() {
    let mut browser = company(Some(Role::Viewer));
    let why = SignInProblem::Failed("the provider <b>cannot be reached".into());
    browser.fake.world().unsigned = Some(why);
    let reply = browser.post("/sign-in", &[("next", "/rooms")]).await;
    reply.is(502);
    reply.holds("Single sign-on does not work now: <bdi>the provider &lt;b&gt;cannot be reached</bdi>.");
    reply.holds("sign in with an account of the collector");
    reply.holds("name=\"password\"");
    reply.holds("<input type=\"hidden\" name=\"next\" value=\"/rooms\">");
    let fields = [("account", "ada"), ("password", PASSWORD), ("next", "/rooms")];
    browser.post("/login", &fields).await.leads_to("/rooms");

    let mut browser = Browser::new();
    browser.get("/login").await.lacks("/sign-in");
    browser.post("/sign-in", &[]).await.is(404);
}

#[tokio::test]
async fn no_other_site_begins_a_sign_in_and_nobody_begins_many() {
    let mut browser = company(Some(Role::Viewer));
    for headers in [
        &[][..],
        &[
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://evil.example"),
        ],
    ] {
        browser.post_with("/sign-in", &[], headers).await.is(403);
    }
    browser.get("/sign-in").await.is(405);
    for _ in 0..100 {
        begin(&mut browser, "/").await;
    }
    browser.post("/sign-in", &[]).await.is(429);
    // A sign-in leads to no foreign page, whatever the form says.
    let mut browser = company(Some(Role::Viewer));
    let state = begin(&mut browser, "https://evil.example/").await;
    come_back(&mut browser, &state).await.leads_to("/");
}

#[tokio::test]
async fn the_cookie_of_the_way_is_out_of_reach_of_scripts_and_other_sites() {
    let fake = Fake::with_account();
    fake.world().single = Some("Sign in".into());
    let mut browser = Browser::at("https://rooms.example.com/", fake);
    let reply = browser.post("/sign-in", &[]).await;
    let (pair, rest) = reply.header("set-cookie").split_once("; ").unwrap();
    assert!(pair.starts_with("__Host-collector-443-sign-in="), "{pair}");
    assert_eq!(rest, "HttpOnly; SameSite=Lax; Path=/; Max-Age=600; Secure");
    // The page's policy stays as strict as that of every other.
    assert!(
        reply
            .header("content-security-policy")
            .ends_with("form-action 'self'")
    );
}
