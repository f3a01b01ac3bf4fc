//! What each role may open. The router's own list of paths is walked, so that a new page is among them.

use super::fake::{account_as, draft, source};
use super::fake_sinks::{draft as sink_draft, sink};
use super::{Browser, Fake, PASSWORD};
use crate::api::Role;
use crate::pages_and_forms;
use crate::roles::LEAST;

/// What a viewer may open, and what an analyst may besides. This is written down a second time, so that no change of the table goes unseen.
const OF_VIEWERS: [&str; 11] = [
    "/",
    "/account",
    "/account/password",
    "/definitions",
    "/logout",
    "/overview/now",
    "/rooms",
    "/session",
    "/signed-in",
    "/timeline",
    "/zone",
];
const OF_ANALYSTS: [&str; 3] = ["/access", "/access/add", "/access/revoke"];
/// Pages about figures, which are all for everybody.
const FIGURES: &str = "/insights/";
/// What is open to strangers.
const OPEN: [&str; 4] = ["/login", "/setup", "/sign-in", "/sign-in/answer"];

/// Browsers of an administrator called ada, an analyst called grace and a viewer called eve.
async fn company() -> [(Role, Browser); 3] {
    let fake = Fake::with_account();
    {
        let mut world = fake.world();
        world.accounts.push(account_as("grace", Role::Analyst));
        world.accounts.push(account_as("eve", Role::Viewer));
        world.drafts.insert("d1".into(), draft("d1"));
        world.sources.insert("contoso".into(), source("contoso"));
        world.sinks.push(sink("warehouse"));
        world.sink_drafts.insert("s1".into(), sink_draft("s1"));
    }
    let mut ada = Browser::at("http://localhost:9463/", fake);
    let (mut grace, mut eve) = (ada.other(), ada.other());
    ada.sign_in().await;
    grace.sign_in_as("grace").await;
    eve.sign_in_as("eve").await;
    [
        (Role::Administrator, ada),
        (Role::Analyst, grace),
        (Role::Viewer, eve),
    ]
}

fn is_of_viewers(route: &str) -> bool {
    OF_VIEWERS.contains(&route) || route.starts_with(FIGURES)
}

/// A path of a route, with names of what there is.
fn path(route: &str) -> String {
    let name = match route.split('/').nth(1) {
        Some("drafts") => "d1",
        Some("sources") => "contoso",
        Some("sinks") => "warehouse",
        Some("sink-drafts") => "s1",
        _ => "o365",
    };
    route
        .replace("{id}", name)
        .replace("{name}", name)
        .replace("{source}", "contoso")
        .replace("{address}", "a@contoso.com")
}

#[tokio::test]
async fn every_route_is_open_to_its_roles_only() {
    let routes = pages_and_forms().paths;
    assert!(routes.len() > 40, "{routes:?}");
    for (mut browser, may) in company().await.map(|(role, browser)| {
        let may = move |route: &str| match role {
            Role::Administrator => true,
            Role::Analyst => OF_ANALYSTS.contains(&route) || is_of_viewers(route),
            Role::Viewer => is_of_viewers(route),
        };
        (browser, may)
    }) {
        for route in routes.iter().filter(|route| !OPEN.contains(route)) {
            // The session is used up by what this does.
            if ["/logout", "/account/password"].contains(route) {
                continue;
            }
            browser.fake.calls();
            let path = path(route);
            for reply in [browser.get(&path).await, browser.post(&path, &[]).await] {
                assert_eq!(
                    reply.status == 403,
                    !may(route),
                    "{path} {}: {}",
                    reply.status,
                    reply.body
                );
            }
            if !may(route) {
                assert_eq!(browser.fake.calls(), Vec::<String>::new(), "{path}");
            }
        }
    }
}

#[test]
fn the_table_names_routes_that_there_are() {
    let routes = pages_and_forms().paths;
    for (route, _) in LEAST {
        let found = match route.strip_suffix("/*") {
            Some(above) => routes.iter().any(|known| known.starts_with(above)),
            None => routes.contains(&route),
        };
        assert!(found, "{route}");
    }
}

#[tokio::test]
async fn what_a_role_may_not_open_says_which_role_may_and_the_navigation_offers_none_of_it() {
    let [_, (_, mut grace), (_, mut eve)] = company().await;
    let page = eve.get("/audit").await;
    page.is(403);
    page.holds("<h1>Only for administrators</h1>");
    page.holds("This needs the role administrator, and you are signed in as a viewer.");
    page.holds("An administrator of the collector can change your role");
    let page = eve.get("/access").await;
    page.is(403);
    page.holds("This needs the role analyst or administrator");
    for (browser, offered) in [
        (
            &mut grace,
            &["/definitions", "/timeline", "/rooms", "/access", "/account"][..],
        ),
        (&mut eve, &["/definitions", "/timeline", "/rooms", "/account"]),
    ] {
        let page = browser.get("/rooms").await.body;
        let (_, nav) = page.split_once("<nav aria-label=\"Main\">").unwrap();
        let (nav, _) = nav.split_once("</nav>").unwrap();
        let links: Vec<&str> = nav
            .split(" href=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap())
            .filter(|link| *link != "/" && !link.starts_with(FIGURES))
            .collect();
        assert_eq!(links, offered);
        assert!(nav.contains("href=\"/insights/spaces\""), "{nav}");
        assert!(!nav.contains("Infrastructure"), "{nav}");
    }
    // A page that there is not is no secret.
    eve.get("/nothing").await.is(404);
}

#[tokio::test]
async fn those_who_are_not_administrators_see_no_account_but_their_own() {
    let [(_, mut ada), (_, mut grace), _] = company().await;
    let page = ada.get("/account").await;
    for part in ["<bdi>eve</bdi>", "Add an account", "Change the role of"] {
        page.holds(part);
    }
    let page = grace.get("/account").await;
    for part in [
        "<bdi>eve</bdi>",
        "<bdi>ada</bdi>",
        "Add an account",
        "Change the role of",
        "Remove",
    ] {
        page.lacks(part);
    }
    page.holds("an analyst");
    let new = "four words in a row";
    let fields = [("current", PASSWORD), ("new", new), ("again", new)];
    grace
        .post("/account/password", &fields)
        .await
        .leads_to("/account");
}

#[tokio::test]
async fn another_role_counts_from_the_next_request_on() {
    let [(_, mut ada), (_, mut grace), _] = company().await;
    ada.fake.deeds();
    grace.get("/audit").await.is(403);
    ada.post(
        "/account/role",
        &[("account", "grace"), ("role", "administrator")],
    )
    .await
    .leads_to("/account");
    ada.get("/account")
        .await
        .holds("Account grace is an administrator now.");
    grace.get("/audit").await.is(200);
    grace
        .post("/account/role", &[("account", "ada"), ("role", "viewer")])
        .await
        .leads_to("/account");
    ada.get("/audit").await.is(403);
    ada.post("/account/role", &[("account", "grace"), ("role", "viewer")])
        .await
        .is(403);
    assert_eq!(
        ada.fake.deeds(),
        [
            "ada role-changed grace (from analyst to administrator)",
            "grace role-changed ada (from administrator to viewer)"
        ]
    );
    // The last administrator stays one.
    let reply = grace
        .post("/account/role", &[("account", "grace"), ("role", "viewer")])
        .await;
    reply.is(422);
    reply.holds("grace is the last administrator");
    for (account, role, status) in [("nobody", "viewer", 404), ("ada", "owner", 422), ("ada", "", 422)] {
        let fields = [("account", account), ("role", role)];
        grace.post("/account/role", &fields).await.is(status);
    }
    assert!(grace.fake.deeds().is_empty());
}

#[tokio::test]
async fn the_program_is_told_who_may_see_subjects() {
    for (role, mut browser) in company().await {
        browser.fake.calls();
        browser.get("/timeline?source=contoso").await.is(200);
        let call = format!("({role}) of Some(\"contoso\")");
        let calls = browser.fake.calls();
        assert!(
            calls
                .iter()
                .any(|made| made.starts_with("timeline ") && made.ends_with(&call)),
            "{calls:?}"
        );
    }
}
