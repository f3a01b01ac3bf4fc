//! Single sign-on with a real provider of identities, in a browser and by hand, and with one that lies.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use e2e::{Browser, OIDC_CLIENT, OidcProvider, Page, Pages, Source};
use graph_sim::{Event, Room, Simulator, Tenant};
use serde_json::json;

use crate::portal::situation::{ACCOUNT, PASSWORD, Situation, picture};

/// Everybody that the provider knows, with the roles that it names.
const PEOPLE: [(&str, &[&str]); 4] = [
    ("ada", &["Rooms.Admin"]),
    ("grace", &["Rooms.Analyst", "Something.Else"]),
    ("eve", &["Rooms.Viewer"]),
    ("mallory", &["Something.Else"]),
];
const DISBELIEVED: &str = "was not started in this browser, was already used, or has expired";

/// A portal whose provider is at this issuer.
fn portal(issuer: &str) -> Situation {
    let start = e2e::now() + chrono::Duration::hours(2);
    let at = |minutes: i64| {
        let at = start + chrono::Duration::minutes(minutes);
        at.format("%Y-%m-%dT%H:%M:00Z").to_string()
    };
    let room =
        Room::new("conf-a@contoso.com", "Conf A").event(Event::new("Quarterly review", &at(0), &at(60)));
    let simulator = Simulator::start(Tenant::new("contoso.com").room(room)).unwrap();
    let configuration = format!(
        "[portal.sign-in]\nissuer = \"{issuer}\"\nclient-id = \"{}\"\nclient-secret = {{ file = \"sso\" }}\n\
         administrators = [\"Rooms.Admin\"]\nanalysts = [\"Rooms.Analyst\"]\nviewers = [\"Rooms.Viewer\"]\n\n{}",
        OIDC_CLIENT.0,
        Source::contoso(&simulator)
    );
    let situation = Situation::of(simulator, start, &configuration, &["o365"]);
    situation.workplace.write_private("sso", OIDC_CLIENT.1).unwrap();
    situation
}

fn provider(situation: &Situation, address: SocketAddr) -> Option<OidcProvider> {
    OidcProvider::start(address, &situation.at("/sign-in/answer"), &PEOPLE).unwrap()
}

/// Signs in at the provider, whose page is shown.
fn at_provider(browser: &Browser, name: &str) {
    browser.fill("[name=login]", name).unwrap();
    browser.fill("[name=password]", "whatever").unwrap();
    browser.click_text("Sign-in").unwrap();
}

#[test]
fn each_role_signs_in_by_the_provider_and_sees_what_it_may_and_a_local_account_is_the_way_back() {
    let Some(browser) = Browser::start().unwrap() else {
        return;
    };
    let address = e2e::free_address().unwrap();
    let mut situation = portal(&format!("http://{address}"));
    situation.service.wait_for_passes("contoso", 1).unwrap();
    situation.set_up(&browser);

    // The provider is down. Another browser each: this one is signed in, and the provider knows later who was there.
    let browser = Browser::start().unwrap().unwrap();
    browser.open(&situation.at("/")).unwrap();
    browser.wait_for_text("h1", "Sign in").unwrap();
    picture(&browser, "single-sign-on");
    browser.click_text("Single sign-on").unwrap();
    browser
        .wait_for_part(
            "[role=alert]",
            "Single sign-on does not work now: the provider cannot be reached.",
        )
        .unwrap();
    // The status of that page is on the console, as it should be.
    assert_eq!(browser.script_errors().unwrap().len(), 1);
    picture(&browser, "single-sign-on-down");
    browser.fill("[name=account]", ACCOUNT).unwrap();
    browser.fill("[name=password]", PASSWORD).unwrap();
    browser.click("form[action='/login'] button").unwrap();
    browser.wait_for_text("h1", "Overview").unwrap();

    let Some(_provider) = provider(&situation, address) else {
        return;
    };
    let week = situation.at(&format!("/timeline?view=week&zone=UTC&date={}", situation.day));
    for (name, subject, offered, closed) in [
        ("ada", "Quarterly review", "Audit log", ""),
        ("grace", "Quarterly review", "API access", "/audit"),
        ("eve", "hidden", "Timeline", "/access"),
    ] {
        let browser = Browser::start().unwrap().unwrap();
        browser.open(&week).unwrap();
        browser.wait_for_text("h1", "Sign in").unwrap();
        browser.click_text("Single sign-on").unwrap();
        at_provider(&browser, name);
        // Back at the page that was asked for.
        browser.wait_for_text("h1", "Timeline").unwrap();
        // The provider has no icon; the portal's own pages have nothing to complain about.
        let mut errors = browser.script_errors().unwrap();
        errors.retain(|error| !error.contains(&format!("{address}/favicon.ico")));
        assert_eq!(errors, Vec::<String>::new(), "{name}");
        assert_eq!(browser.url().unwrap(), week);
        let timeline = browser.text("main").unwrap();
        assert_eq!(
            timeline.contains("Quarterly review"),
            subject != "hidden",
            "{name}: {timeline}"
        );
        assert!(timeline.contains(subject), "{name}: {timeline}");
        picture(&browser, &format!("role-{name}-timeline"));
        let navigation = browser.text("nav[aria-label=Main]").unwrap();
        assert!(navigation.contains(offered), "{name}: {navigation}");
        assert_eq!(navigation.contains("Audit log"), name == "ada", "{navigation}");
        assert_eq!(navigation.contains("API access"), name != "eve", "{navigation}");
        for (path, part) in [("/", "contoso"), ("/rooms", "Conf A"), ("/account", name)] {
            browser.open(&situation.at(path)).unwrap();
            browser.wait_for_part("main", part).unwrap();
            picture(&browser, &format!("role-{name}-{}", path.trim_start_matches('/')));
        }
        if !closed.is_empty() {
            browser.open(&situation.at(closed)).unwrap();
            browser.wait_for_part("main", "This needs the role ").unwrap();
            assert_eq!(browser.script_errors().unwrap().len(), 1);
        }
    }
    let browser = Browser::start().unwrap().unwrap();
    browser.open(&situation.at("/login")).unwrap();
    browser.click_text("Single sign-on").unwrap();
    at_provider(&browser, "mallory");
    browser
        .wait_for_part("[role=alert]", "have no role in this portal")
        .unwrap();
    let line = situation.service.wait_for_line("has no role").unwrap();
    let said = situation.service.said();
    assert!(
        line.contains("mallory@contoso.com (oidc:mallory)") && line.contains("Something.Else"),
        "{line}"
    );
    let audit = situation.workplace.run(&["audit"]).unwrap().stdout;
    for part in [
        "grace@contoso.com (oidc:grace)",
        "by single sign-on, role analyst",
        "the provider names no role for it",
    ] {
        assert!(audit.contains(part), "{part}: {audit}");
    }
    for secret in [OIDC_CLIENT.1, "code=", "eyJ"] {
        assert!(!said.contains(secret) && !audit.contains(secret), "{secret}");
    }
    // Nobody of them is an account of the portal.
    let accounts = situation.workplace.run(&["accounts", "list"]).unwrap().stdout;
    assert!(
        !accounts.contains("grace") && accounts.contains("administrator"),
        "{accounts}"
    );
}

/// A browser without a screen: one request at a time, with the cookies of each server.
#[derive(Default)]
struct Agent {
    cookies: BTreeMap<String, BTreeMap<String, String>>,
}

struct Answer {
    status: u16,
    location: String,
    body: String,
}

impl Agent {
    fn get(&mut self, url: &str) -> Answer {
        self.ask("GET", url, "")
    }

    fn ask(&mut self, method: &str, url: &str, form: &str) -> Answer {
        let (authority, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
        let jar = self.cookies.entry(authority.to_owned()).or_default();
        let cookies: Vec<String> = jar
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let head = format!(
            "{method} /{path} HTTP/1.1\ncontent-type: application/x-www-form-urlencoded\nsec-fetch-site: same-origin\norigin: null\n\
             cookie: {}",
            cookies.join("; ")
        );
        let answer = e2e::exchange(authority, &head, form).unwrap();
        let (status, body) = e2e::status_and_body(&answer).unwrap();
        let (head, _) = answer.split_once("\r\n\r\n").unwrap();
        let mut location = String::new();
        for (name, value) in head.lines().filter_map(|line| line.split_once(": ")) {
            if name.eq_ignore_ascii_case("location") {
                location = match value.strip_prefix('/') {
                    Some(path) => format!("http://{authority}/{path}"),
                    None => value.to_owned(),
                };
            }
            if name.eq_ignore_ascii_case("set-cookie") {
                let (name, value) = value.split(';').next().unwrap().split_once('=').unwrap();
                if value.is_empty() {
                    jar.remove(name);
                } else {
                    jar.insert(name.to_owned(), value.to_owned());
                }
            }
        }
        Answer {
            status,
            location,
            body: body.to_owned(),
        }
    }

    /// Begins a sign-in at the portal; the address of the provider's page.
    fn begin(&mut self, situation: &Situation) -> String {
        let begun = self.ask("POST", &situation.at("/sign-in"), "next=%2Frooms");
        assert_eq!(begun.status, 200, "{}", begun.body);
        let (_, rest) = begun.body.split_once("content=\"0; url=").unwrap();
        rest.split('"').next().unwrap().replace("&amp;", "&")
    }

    /// Signs in at the provider from its page on; the address that it sends back to.
    fn answer(&mut self, situation: &Situation, page: &str, name: &str) -> String {
        let mut next = self.get(page).location;
        while !next.starts_with(&situation.portal) {
            let page = self.get(&next);
            next = match page.status {
                200 => {
                    self.ask("POST", &next, &format!("prompt=login&login={name}&password=x"))
                        .location
                }
                303 => page.location,
                status => panic!("{status} {next}: {}", page.body),
            };
        }
        next
    }

    /// The whole way; the answer of the portal.
    fn sign_in(&mut self, situation: &Situation, name: &str) -> Answer {
        let page = self.begin(situation);
        let back = self.answer(situation, &page, name);
        self.get(&back)
    }
}

#[test]
fn an_answer_that_was_not_asked_for_is_changed_or_comes_again_signs_nobody_in() {
    let address = e2e::free_address().unwrap();
    let situation = portal(&format!("http://{address}"));
    let Some(_provider) = provider(&situation, address) else {
        return;
    };
    let mut eve = Agent::default();
    let page = eve.begin(&situation);
    let back = eve.answer(&situation, &page, "eve");

    // Somebody else's answer, as a link.
    let answer = Agent::default().get(&back);
    assert_eq!(answer.status, 422, "{}", answer.body);
    assert!(answer.body.contains(DISBELIEVED), "{}", answer.body);
    // The same while a sign-in of one's own is under way.
    let mut other = Agent::default();
    other.begin(&situation);
    assert_eq!(other.get(&back).status, 422);

    let changed = |from: &str, to: &str| {
        assert!(back.contains(from), "{back}");
        back.replace(from, to)
    };
    for forged in [
        changed("state=", "state=x"),
        changed("state=", "stat="),
        changed("iss=", "iss=https%3A%2F%2F"),
    ] {
        // Each takes a sign-in of its own: whatever comes back ends it.
        let mut eve = Agent::default();
        let page = eve.begin(&situation);
        let state = |url: &str| {
            let (_, rest) = url.split_once("state=").unwrap();
            rest.split('&').next().unwrap().to_owned()
        };
        let own = forged.replace(&state(&back), &state(&page));
        let answer = eve.get(&own);
        assert_eq!(answer.status, 422, "{own}: {}", answer.body);
        assert!(answer.body.contains(DISBELIEVED), "{}", answer.body);
    }
    // A code that another browser was given is bound to what only that browser's sign-in knows.
    let mut other = Agent::default();
    let page = other.begin(&situation);
    let (_, state) = page.split_once("state=").unwrap();
    let state = state.split('&').next().unwrap();
    let (_, code) = back.split_once("code=").unwrap();
    let code = code.split('&').next().unwrap();
    let answer = other.get(&situation.at(&format!("/sign-in/answer?code={code}&state={state}")));
    assert_eq!(answer.status, 502, "{}", answer.body);
    assert!(
        answer
            .body
            .contains("the provider did not tell the collector who you are"),
        "{}",
        answer.body
    );

    // It counts in the browser that was sent, and once: the provider gives no second token for a code that was tried elsewhere.
    let mut eve = Agent::default();
    let page = eve.begin(&situation);
    let back = eve.answer(&situation, &page, "eve");
    let cookies = eve.cookies.clone();
    let answer = eve.get(&back);
    assert_eq!((answer.status, answer.location), (303, situation.at("/rooms")));
    assert_eq!(eve.get(&situation.at("/rooms")).status, 200);
    eve.cookies = cookies;
    let answer = eve.get(&back);
    assert_eq!(answer.status, 422, "{}", answer.body);
    // What the provider refuses.
    let mut eve = Agent::default();
    let page = eve.begin(&situation);
    let (_, state) = page.split_once("state=").unwrap();
    let state = state.split('&').next().unwrap();
    let denied = format!("/sign-in/answer?error=access_denied&error_description=%3Cb%3Eno&state={state}");
    let answer = eve.get(&situation.at(&denied));
    assert_eq!(answer.status, 403, "{}", answer.body);
    assert!(
        answer.body.contains("access_denied: &lt;b&gt;no"),
        "{}",
        answer.body
    );
}

#[test]
fn a_role_that_the_provider_takes_away_ends_the_sessions_that_had_it() {
    let address = e2e::free_address().unwrap();
    let situation = portal(&format!("http://{address}"));
    let Some(provider) = provider(&situation, address) else {
        return;
    };
    let (mut grace, mut again) = (Agent::default(), Agent::default());
    assert_eq!(grace.sign_in(&situation, "grace").status, 303);
    assert_eq!(grace.get(&situation.at("/access")).status, 200);
    provider.set_people(&[("grace", &["Rooms.Viewer"])]).unwrap();
    assert_eq!(again.sign_in(&situation, "grace").status, 303);
    for agent in [&mut grace, &mut again] {
        assert_eq!(agent.get(&situation.at("/access")).status, 403);
        assert_eq!(agent.get(&situation.at("/rooms")).status, 200);
    }
    provider.set_people(&[("grace", &[])]).unwrap();
    let refused = Agent::default().sign_in(&situation, "grace");
    assert_eq!(refused.status, 403, "{}", refused.body);
    assert!(
        refused.body.contains("have no role in this portal"),
        "{}",
        refused.body
    );
    for agent in [&mut grace, &mut again] {
        let answer = agent.get(&situation.at("/rooms"));
        assert_eq!(
            (answer.status, answer.location),
            (303, situation.at("/login?next=%2Frooms"))
        );
    }
}

/// What a provider at this origin says about itself.
fn about(origin: &str) -> String {
    json!({
        "issuer": origin,
        "authorization_endpoint": format!("{origin}/authorize"),
        "token_endpoint": format!("{origin}/token"),
        "jwks_uri": format!("{origin}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "none"],
    })
    .to_string()
}

const METADATA: &str = "/.well-known/openid-configuration";

#[test]
fn a_provider_that_answers_megabytes_or_another_ones_words_is_not_believed() {
    let pages = Pages::serve(&[]).unwrap();
    let situation = portal(&pages.origin());
    let said = |page: Page| {
        pages.replace(&[page, Page::new("/keys", "{\"keys\":[]}")]);
        let answer = Agent::default().ask("POST", &situation.at("/sign-in"), "");
        assert_eq!(answer.status, 502, "{}", answer.body);
        answer.body
    };
    let megabytes = format!("{{\"issuer\": \"{}\"}}", "x".repeat(3 << 20));
    let large = "the provider&#39;s answer is larger than the collector takes";
    let body = said(Page::new(METADATA, &megabytes));
    assert!(
        body.contains("is larger than the collector takes"),
        "{large}: {body}"
    );
    for page in [
        Page::new(METADATA, "<html>"),
        Page::refused(METADATA, 404, &[], ""),
        Page::new(METADATA, &about("http://127.0.0.1:1")),
    ] {
        let body = said(page);
        assert!(
            body.contains("what the provider says about itself cannot be used"),
            "{body}"
        );
    }
    // It leads nowhere else on this machine.
    let elsewhere = about(&pages.origin()).replace("/keys", "").replace(
        "\"jwks_uri\":\"",
        &format!("\"jwks_uri\":\"http://{}/", e2e::free_address().unwrap()),
    );
    let body = said(Page::new(METADATA, &elsewhere));
    assert!(body.contains("log has the reason"), "{body}");
}

#[test]
fn a_token_without_the_providers_signature_or_for_somebody_else_signs_nobody_in() {
    let pages = Pages::serve(&[]).unwrap();
    let mut situation = portal(&pages.origin());
    let part = |value: serde_json::Value| BASE64.encode(value.to_string());
    let now = e2e::now().timestamp();
    for (algorithm, audience, signature) in [
        ("none", OIDC_CLIENT.0, ""),
        ("RS256", OIDC_CLIENT.0, "AAAA"),
        ("RS256", "another", "AAAA"),
    ] {
        let token = format!(
            "{}.{}.{signature}",
            part(json!({"alg": algorithm})),
            part(json!({
                "iss": pages.origin(), "aud": audience, "sub": "eve", "exp": now + 300, "iat": now, "roles": ["Rooms.Admin"]
            }))
        );
        let answer = json!({"access_token": "a", "token_type": "Bearer", "id_token": token});
        pages.replace(&[
            Page::new(METADATA, &about(&pages.origin())),
            Page::new("/keys", "{\"keys\":[]}"),
            Page::new("/token", &answer.to_string()),
        ]);
        let mut agent = Agent::default();
        let page = agent.begin(&situation);
        let (_, state) = page.split_once("state=").unwrap();
        let state = state.split('&').next().unwrap();
        let answer = agent.get(&situation.at(&format!("/sign-in/answer?code=c&state={state}")));
        assert_eq!(answer.status, 502, "{algorithm} {audience}: {}", answer.body);
        assert!(
            answer.body.contains("answer could not be verified"),
            "{algorithm} {audience}: {}",
            answer.body
        );
        assert_eq!(agent.get(&situation.at("/rooms")).status, 303);
    }
    for why in ["Invalid audiences", "Signature verification failed"] {
        situation.service.wait_for_line(why).unwrap();
    }
    let said = situation.service.said();
    assert!(!said.contains("eyJ"), "no token is in the log: {said}");
}

#[test]
fn who_signs_out_is_signed_out_by_the_provider_too() {
    let Some(browser) = Browser::start().unwrap() else {
        return;
    };
    let address = e2e::free_address().unwrap();
    let mut situation = portal(&format!("http://{address}"));
    let Some(_provider) = provider(&situation, address) else {
        return;
    };
    situation.set_up(&browser);
    // The account of the portal stays here.
    browser.click_text("Sign out").unwrap();
    browser.wait_for_text("h1", "Sign in").unwrap();
    browser.click_text("Single sign-on").unwrap();
    at_provider(&browser, "eve");
    browser.wait_for_text("h1", "Overview").unwrap();
    // The provider asks first: the portal keeps no token to show who asks.
    browser.click_text("Sign out").unwrap();
    browser.wait_for_part("h1", "Do you want to sign-out").unwrap();
    assert!(browser.url().unwrap().starts_with(&format!("http://{address}/")));
    browser.click("[name=logout]").unwrap();
    browser.wait_for_text("h1", "Sign in").unwrap();
    assert!(browser.url().unwrap().starts_with(&situation.at("/login")));
    // It knows nobody any more.
    browser.click_text("Single sign-on").unwrap();
    browser
        .wait_for("the provider's sign-in", |browser| {
            browser.exists("[name=login]").ok()?.then_some(())
        })
        .unwrap();
    let audit = situation.workplace.run(&["audit"]).unwrap().stdout;
    assert!(audit.contains("signed-out"), "{audit}");
}
