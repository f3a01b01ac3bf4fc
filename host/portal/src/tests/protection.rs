//! Tests of refused requests, and of the headers of every answer.

use axum::body::Body;
use axum::http::header::HOST;
use axum::http::{Method, Request};

use super::fake::{PASSWORD, account, authorization};
use super::{Browser, FORMS, Fake, OWN, PAGES, Reply, furnished};

#[tokio::test]
async fn every_page_needs_a_session() {
    let mut browser = Browser::new();
    for path in PAGES {
        let reply = browser.get(path).await;
        assert!(
            reply.location().starts_with("/login"),
            "{path}: {}",
            reply.location()
        );
        reply.is(303);
        assert!(browser.cookie.is_none(), "{path}");
    }
    assert!(browser.fake.calls().is_empty());
}

#[tokio::test]
async fn a_cookie_that_a_stranger_planted_is_never_taken_over() {
    let mut browser = Browser::new();
    // A well-formed id that the portal never issued.
    let planted = "collector-9463=AAECAwQFBgcICQoLDA0ODw";
    browser.cookie = Some(planted.to_owned());
    browser.get("/login").await.is(200);
    browser.cookie = Some(planted.to_owned());
    browser.sign_in().await;
    assert_ne!(browser.cookie.as_deref(), Some(planted));
    let mut stranger = browser.other();
    stranger.cookie = Some(planted.to_owned());
    stranger.get("/account").await.leads_to("/login?next=%2Faccount");
}

#[tokio::test]
async fn signing_in_again_gives_a_new_session_and_ends_the_old_one() {
    let mut browser = Browser::signed_in().await;
    let mut thief = browser.other();
    thief.cookie = browser.cookie.clone();
    thief.get("/account").await.is(200);
    browser.sign_in().await;
    assert_ne!(browser.cookie, thief.cookie);
    thief.get("/account").await.leads_to("/login?next=%2Faccount");
}

#[tokio::test]
async fn strangers_leave_nothing_behind() {
    let mut browser = Browser::new();
    for path in [
        "/login",
        "/setup",
        "/authorized",
        "/nowhere",
        "/static/portal.css",
    ] {
        let reply = browser.get(path).await;
        assert_eq!(reply.header("set-cookie"), "", "{path}");
    }
    for cookie in [
        "collector-9463=x",
        "collector-9463=",
        "collector-9463=AAECAwQFBgcICQoLDA0ODw",
    ] {
        browser.cookie = Some(cookie.to_owned());
        browser.get("/rooms").await.leads_to("/login?next=%2Frooms");
    }
}

#[tokio::test]
async fn the_cookie_is_out_of_reach_of_scripts_and_other_sites() {
    let mut browser = Browser::new();
    let fields = [("account", "ada"), ("password", PASSWORD)];
    let reply = browser.post("/login", &fields).await;
    let (pair, rest) = reply.header("set-cookie").split_once("; ").unwrap();
    assert!(pair.starts_with("collector-9463="), "{pair}");
    assert_eq!(rest, "HttpOnly; SameSite=Lax; Path=/; Max-Age=1800");

    let mut browser = Browser::at("https://rooms.example.com/", Fake::with_account());
    let reply = browser.post("/login", &fields).await;
    let (pair, rest) = reply.header("set-cookie").split_once("; ").unwrap();
    assert!(pair.starts_with("__Host-collector-443="), "{pair}");
    assert_eq!(rest, "HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=1800");
    browser.get("/account").await.is(200);
    let reply = browser.post("/logout", &[]).await;
    let cookie = reply.header("set-cookie");
    assert!(
        cookie.starts_with("__Host-collector-443=; ") && cookie.ends_with("; Secure"),
        "{cookie}"
    );
}

#[tokio::test]
async fn a_page_that_looks_for_news_does_not_keep_the_session_alive() {
    let mut browser = furnished().await;
    for path in ["/sources/contoso/validation", "/session"] {
        let reply = browser.get(path).await;
        assert_eq!(reply.header("set-cookie"), "", "{path}");
    }
    let reply = browser.get("/sources/contoso").await;
    assert!(reply.header("set-cookie").contains("Max-Age=1800"));
}

#[tokio::test]
async fn a_request_for_another_host_is_refused() {
    let mut browser = Browser::new();
    for host in [
        "evil.example",
        "evil.example:9463",
        "localhost",
        "localhost:9464",
        "localhost:9463.evil.example",
        "user@localhost:9463",
        "localhost:9463/x",
        "192.0.2.1:9463",
        "",
    ] {
        browser.host = host.to_owned();
        for path in ["/login", "/static/portal.js", "/authorized?state=x"] {
            let reply = browser.get(path).await;
            reply.is(421);
            reply.lacks("name=\"password\"");
        }
        let fields = [("account", "ada"), ("password", PASSWORD)];
        browser.post("/login", &fields).await.is(421);
    }
    let two = Request::get("/login")
        .header(HOST, "localhost:9463")
        .header(HOST, "evil.example");
    browser.send(two.body(Body::empty()).unwrap()).await.is(421);
    browser.host = "localhost:9463".into();
    let whole = Request::get("http://evil.example/login")
        .body(Body::empty())
        .unwrap();
    browser.send(whole).await.is(421);
    assert!(browser.fake.deeds().is_empty());
}

/// By default nginx and Apache do not pass the name on.
#[tokio::test]
async fn a_proxy_that_does_not_pass_the_name_on_is_told_what_to_set() {
    let page = async |address: &str| {
        let mut browser = Browser::at(address, Fake::with_account());
        browser.host = "127.0.0.1:9463".into();
        let reply = browser.get("/login").await;
        reply.is(421);
        for words in [
            "ProxyPreserveHost On",
            "`address` in [portal]",
            &address[..address.len() - 1],
        ] {
            reply.holds(words);
        }
        reply
    };
    page("https://rooms.example.com/")
        .await
        .holds("`proxy_set_header Host $host;`");
    page("https://rooms.example.com:8443/")
        .await
        .holds("`proxy_set_header Host $host:$server_port;`");
}

/// A browser keeps the cookies of a host, whichever port set them.
#[tokio::test]
async fn two_portals_on_one_host_keep_their_own_sessions() {
    let mut jar = Vec::new();
    let mut browsers = Vec::new();
    for address in ["http://localhost:9463/", "http://localhost:9563/"] {
        let mut browser = Browser::at(address, Fake::with_account());
        browser.cookie = (!jar.is_empty()).then(|| jar.join("; "));
        browser.sign_in().await;
        let new = browser.cookie.clone().unwrap();
        let name = new.split('=').next().unwrap().to_owned();
        jar.retain(|cookie: &String| !cookie.starts_with(&format!("{name}=")));
        jar.push(new);
        browsers.push(browser);
    }
    for browser in &mut browsers {
        browser.cookie = Some(jar.join("; "));
        browser.get("/account").await.is(200);
    }
}

#[tokio::test]
async fn other_names_of_this_machine_lead_to_the_one_that_consent_comes_back_to() {
    let mut browser = Browser::new();
    for host in ["127.0.0.1:9463", "[::1]:9463"] {
        browser.host = host.to_owned();
        browser
            .get("/rooms?text=a%2Fb")
            .await
            .leads_to("http://localhost:9463/rooms?text=a%2Fb");
    }
    browser.host = "LOCALHOST:9463".into();
    browser.get("/login").await.is(200);
    // A portal with a public name has no other names.
    let mut browser = Browser::at("https://rooms.example.com/", Fake::with_account());
    for (host, status) in [
        ("rooms.example.com", 200),
        ("rooms.example.com:443", 200),
        ("127.0.0.1", 421),
        ("localhost:443", 421),
    ] {
        browser.host = host.to_owned();
        browser.get("/login").await.is(status);
    }
}

#[tokio::test]
async fn a_sign_in_leads_to_own_pages_only() {
    for (next, page) in [
        ("/sources/contoso?x=1", "/sources/contoso?x=1"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https:evil.example", "/"),
        ("https://evil.example/rooms", "/"),
        ("/%2f/evil.example", "/"),
        ("/%5cevil.example", "/"),
        ("%2F%2Fevil.example", "/"),
        ("/rooms/..//evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/logout", "/"),
    ] {
        let mut browser = Browser::new();
        let fields = [("account", "ada"), ("password", PASSWORD), ("next", next)];
        browser.post("/login", &fields).await.leads_to(page);
        // The form ignores it too, and so does the sign-in page of a signed-in user.
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("next", next)
            .finish();
        browser.get(&format!("/login?{query}")).await.leads_to(page);
        let form = browser.other().get(&format!("/login?{query}")).await;
        form.holds(&format!("name=\"next\" value=\"{page}\""));
    }
}

#[tokio::test]
async fn wrong_paths_and_methods_get_pages() {
    let mut browser = furnished().await;
    for path in ["/nowhere", "/drafts", "/sources/contoso/nowhere", "/sources/%ff"] {
        let reply = browser.get(path).await;
        reply.is(404);
        reply.holds("<h1>Page not found</h1>");
        reply.holds("Sign out");
    }
    for method in [Method::PUT, Method::DELETE, Method::OPTIONS, Method::TRACE] {
        let request = Request::builder()
            .method(method)
            .uri("/sources/contoso")
            .body(Body::empty())
            .unwrap();
        browser.send(request).await.is(405);
    }
}

#[tokio::test]
async fn what_the_program_cannot_do_is_a_page() {
    let mut browser = furnished().await;
    let reply = browser.get("/sources/nobody").await;
    reply.is(404);
    reply.holds("there is no such source");
    browser.fake.world().broken = Some("the store <is> full".into());
    let reply = browser.get("/").await;
    reply.is(500);
    reply.holds("The collector could not complete the request: the store &lt;is&gt; full");
}

#[track_caller]
fn assert_dressed(path: &str, reply: &Reply) {
    let policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
                  frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
    for (name, value) in [
        ("content-security-policy", policy),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(reply.header(name), value, "{path}: {name}");
    }
    assert!(reply.header("permissions-policy").contains("camera=()"), "{path}");
    if !path.starts_with("/static/") {
        assert_eq!(reply.header("cache-control"), "no-store", "{path}");
    }
    let html = reply.header("content-type").starts_with("text/html");
    assert!(
        !html || !reply.body.contains(" style=") && !reply.body.contains(" onclick="),
        "{path}"
    );
}

#[tokio::test]
async fn the_headers_stand_on_every_answer() {
    let mut browser = furnished().await;
    for path in PAGES {
        let reply = browser.get(path).await;
        reply.is(200);
        assert_dressed(path, &reply);
        assert_eq!(reply.header("strict-transport-security"), "", "{path}");
    }
    for path in FORMS {
        let reply = browser.post_with(path, &[], &OWN).await;
        reply.is(403);
        assert_dressed(path, &reply);
    }
    let mut stranger = browser.other();
    for path in [
        "/login",
        "/setup",
        "/authorized",
        "/nowhere",
        "/static/portal.css",
        "/static/portal.js",
    ] {
        assert_dressed(path, &stranger.get(path).await);
        assert_dressed(path, &stranger.post(path, &[]).await);
    }
    stranger.host = "evil.example".into();
    assert_dressed("another host", &stranger.get("/").await);
    let mut secure = Browser::at("https://rooms.example.com/", Fake::with_account());
    for path in ["/login", "/rooms", "/nowhere", "/static/portal.js"] {
        let reply = secure.get(path).await;
        assert_eq!(
            reply.header("strict-transport-security"),
            "max-age=31536000",
            "{path}"
        );
    }
}

#[tokio::test]
async fn forms_may_lead_to_the_consent_page_where_there_is_a_button_for_it() {
    let mut browser = furnished().await;
    let asked = authorization(None);
    for (origin, added) in [
        (
            "https://login.microsoftonline.com",
            " https://login.microsoftonline.com",
        ),
        ("http://127.0.0.1:4100/x?y", " http://127.0.0.1:4100"),
        ("https://login.example; script-src *", ""),
        ("data:text/html,x", ""),
        ("*", ""),
    ] {
        {
            let mut world = browser.fake.world();
            let mut asked = asked.clone();
            asked.consent_origin = origin.into();
            world.drafts.get_mut("d1").unwrap().authorization = Some(asked.clone());
            world.authorization = Some(asked);
        }
        for path in ["/drafts/d1", "/sources/contoso"] {
            let reply = browser.get(path).await;
            let policy = reply.header("content-security-policy");
            let ends = format!("; form-action 'self'{added}");
            assert!(policy.ends_with(&ends), "{origin}: {policy}");
            assert!(!policy.contains('*'), "{policy}");
        }
    }
    let reply = browser.get("/infrastructure").await;
    assert!(
        reply
            .header("content-security-policy")
            .ends_with("; form-action 'self'")
    );
}

#[tokio::test]
async fn the_stylesheet_and_the_script_may_be_kept_under_their_digest() {
    let mut browser = Browser::new();
    let page = browser.get("/login").await.body;
    for path in ["/static/portal.css", "/static/portal.js"] {
        let (_, rest) = page.split_once(path).unwrap();
        let address = format!("{path}{}", rest.split('"').next().unwrap());
        let kept = browser.get(&address).await;
        kept.is(200);
        assert_eq!(
            kept.header("cache-control"),
            "public, max-age=31536000, immutable"
        );
        let plain = browser.get(path).await;
        assert_eq!(plain.header("cache-control"), "no-cache");
        assert_eq!(plain.body, kept.body);
        let again = Request::get(path)
            .header("if-none-match", plain.header("etag"))
            .body(Body::empty())
            .unwrap();
        let again = browser.send(again).await;
        again.is(304);
        assert_eq!(again.body, "");
    }
}

#[tokio::test]
async fn a_session_of_an_account_says_nothing_of_another() {
    let browser = Browser::signed_in().await;
    browser.fake.world().accounts.push(account("grace"));
    let mut grace = browser.other();
    let fields = [("account", "grace"), ("password", PASSWORD)];
    grace.post("/login", &fields).await.leads_to("/");
    grace
        .get("/account")
        .await
        .holds("You are signed in as <strong><bdi>grace</bdi></strong>");
}
