//! The administrator's way: from nothing to a source that is saved, authorized, validated, limited, and deleted.

use super::Browser;
use super::fake::{authorization, draft, source, validation};
use crate::api::{AuthorizationState, CheckStatus, Guide, Mailbox, Step, Target};
use crate::api::{ConnectorChoice, Problem};

const DETAILS: [(&str, &str); 9] = [
    ("name", "contoso"),
    ("settings.tenant", "contoso.onmicrosoft.com"),
    ("settings.user-agent", "rooms@contoso.com"),
    ("settings.extra", "[\r\n]"),
    ("every", "5m"),
    ("client-id", "11111111-2222-3333-4444-555555555555"),
    ("client-secret", "the client secret"),
    ("secrets.feed", "the feed secret"),
    ("settings.unknown", "x"),
];

#[tokio::test]
async fn from_the_token_to_a_saved_source() {
    let mut browser = Browser::first_run();
    browser.fake.world().choices = vec![ConnectorChoice {
        name: "o365".into(),
        title: "Microsoft Office 365".into(),
        description: "Reads the calendars of room mailboxes.".into(),
        version: "1.0.0".into(),
    }];
    let password = "four words in a row";
    let first = [
        ("token", "the-token"),
        ("account", "ada"),
        ("new", password),
        ("again", password),
    ];
    browser.post("/setup", &first).await.leads_to("/infrastructure");
    let page = browser.get("/infrastructure").await;
    page.holds("aria-current=\"page\">Infrastructure</a>");
    page.holds("href=\"/infrastructure/new\">New infrastructure</a>");
    let page = browser.get("/infrastructure/new").await;
    page.holds("Microsoft Office 365");
    page.holds("Reads the calendars of room mailboxes.");
    browser
        .post("/infrastructure/new", &[("connector", "o365")])
        .await
        .leads_to("/drafts/d1");

    let page = browser.get("/drafts/d1").await;
    let headings = [
        "><bdi>Office 365</bdi> host details</h2>",
        ">O365 Authorization</h2>",
        ">Validate</h2>",
        ">Save</h2>",
    ];
    let places: Vec<usize> = headings
        .map(|heading| {
            page.body
                .find(heading)
                .unwrap_or_else(|| panic!("{heading}: {}", page.body))
        })
        .to_vec();
    assert!(places.is_sorted(), "{places:?}");
    page.lacks("it is missing");
    page.holds(
        "<button class=\"primary\" type=\"submit\" disabled aria-describedby=\"save-state\">Save</button>",
    );

    browser
        .post("/drafts/d1/details", &[])
        .await
        .leads_to("/drafts/d1");
    let page = browser.get("/drafts/d1").await;
    page.holds(
        "<a href=\"#field-settings_tenant\"><bdi>it is missing</bdi>: <bdi>fill in settings.tenant</bdi></a>",
    );
    page.holds(
        "aria-describedby=\"help-field-settings_tenant problem-field-settings_tenant\" aria-invalid=\"true\"",
    );

    browser
        .post("/drafts/d1/details", &DETAILS)
        .await
        .leads_to("/drafts/d1");
    {
        let world = browser.fake.world();
        let input = &world.drafts["d1"].input;
        assert_eq!(input.name, "contoso");
        assert_eq!(input.client_id, "11111111-2222-3333-4444-555555555555");
        let settings: Vec<_> = input
            .settings
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            settings,
            [
                ("cloud", ""),
                ("extra", "[\n]"),
                ("page-size", ""),
                ("room-lists", ""),
                ("strict", "false"),
                ("tenant", "contoso.onmicrosoft.com"),
                ("user-agent", "rooms@contoso.com"),
            ]
        );
        assert_eq!(world.secret("client-secret"), Some("the client secret"));
        assert_eq!(world.secret("feed"), Some("the feed secret"));
        assert_eq!(world.secret("certificate"), None);
    }
    let page = browser.get("/drafts/d1").await;
    page.holds("Stored <bdi>in the keyring</bdi>.");
    page.holds("value=\"contoso.onmicrosoft.com\"");
    page.holds("Click to authorize");
    page.holds("It was not validated yet. It can be saved all the same.");

    let reply = browser.post("/drafts/d1/authorize", &[]).await;
    let consent = "https://login.microsoftonline.com/contoso/adminconsent?state=state-0";
    reply.leads_to(consent);
    browser
        .get("/authorized?state=state-0&tenant=t&admin_consent=True")
        .await
        .leads_to("/drafts/d1#authorization");
    browser
        .post("/drafts/d1/validate", &[])
        .await
        .leads_to("/drafts/d1#validate");
    browser
        .post("/drafts/d1/save", &[])
        .await
        .leads_to("/sources/contoso");
    let page = browser.get("/sources/contoso").await;
    page.holds("contoso is saved and applied.");
    browser
        .get("/sources/contoso")
        .await
        .lacks("contoso is saved and applied.");
    let calls = browser.fake.calls();
    for call in [
        "new draft by ada: New { connector: \"o365\" }",
        "change d1 by ada",
        "authorize Draft(\"d1\") by ada",
        "validate Draft(\"d1\") by ada",
        "save d1 by ada",
    ] {
        assert!(calls.iter().any(|made| made == call), "{call}: {calls:?}");
    }
}

#[tokio::test]
async fn secrets_never_come_back() {
    let mut browser = Browser::signed_in().await;
    browser.fake.world().drafts.insert("d1".into(), draft("d1"));
    let secrets = [
        ("client-secret", "s3cret-client"),
        ("certificate", "s3cret-pem"),
        ("secrets.feed", "s3cret-feed"),
    ];
    browser.post("/drafts/d1/details", &secrets).await.is(303);
    assert_eq!(browser.fake.world().secrets.len(), 3);
    for path in ["/drafts/d1", "/infrastructure", "/audit"] {
        let page = browser.get(path).await;
        page.is(200);
        page.lacks("s3cret");
    }
    let reply = browser.post("/drafts/d1/check", &secrets).await;
    reply.is(200);
    reply.lacks("s3cret");
    // An empty field is not a secret: what is stored stays.
    browser
        .post("/drafts/d1/details", &[("client-secret", "")])
        .await
        .is(303);
    assert_eq!(
        browser.fake.world().secret("client-secret"),
        Some("s3cret-client")
    );
    assert!(!browser.fake.deeds().join("").contains("s3cret"));
}

#[tokio::test]
async fn what_is_typed_is_checked_without_keeping_it_and_without_secrets() {
    let mut browser = Browser::signed_in().await;
    browser.fake.world().drafts.insert("d1".into(), draft("d1"));
    browser.fake.calls();
    let typed = [("name", "contoso"), ("client-secret", "x")];
    let reply = browser.post("/drafts/d1/check", &typed).await;
    reply.is(200);
    assert_eq!(reply.header("content-type"), "application/json");
    assert_eq!(
        reply.body,
        r#"{"problems":[{"key":"settings.tenant","problem":"it is missing","remedy":"fill in settings.tenant"}]}"#
    );
    assert_eq!(browser.fake.calls(), ["draft d1", "check d1 secrets []"]);
    assert!(!browser.fake.world().drafts["d1"].touched);
}

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
        .leads_to("/drafts/d1#authorization");
    assert_eq!(
        browser.fake.calls(),
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
        reply.holds("This answer was not asked for from here");
        reply.holds("Nothing of it was believed, and nothing was changed");
    }
}

#[tokio::test]
async fn an_answer_that_comes_back_to_nobody_is_not_kept() {
    let mut browser = Browser::new();
    let reply = browser.get("/authorized?state=secret-state&tenant=t").await;
    reply.is(403);
    reply.holds("nobody is signed in here any more");
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
async fn how_the_consent_went_is_said_in_words() {
    let mut browser = Browser::signed_in().await;
    browser
        .fake
        .world()
        .sources
        .insert("contoso".into(), source("contoso"));
    let at = 1_770_000_000;
    for (state, said) in [
        (AuthorizationState::NotAsked, "Nobody was asked from here."),
        (AuthorizationState::Asked { at }, "has not come back"),
        (
            AuthorizationState::Granted {
                at,
                by: "ada".into(),
                tenant: "t-1".into(),
            },
            "A token of the tenant <code><bdi>t-1</bdi></code> proved it.",
        ),
        (
            AuthorizationState::Unproven {
                at,
                problem: "not there yet".into(),
                advice: "wait".into(),
            },
            "no token could be had yet: <bdi>not there yet</bdi>",
        ),
        (
            AuthorizationState::Refused {
                at,
                problem: "It was declined".into(),
                advice: "ask a Global Administrator".into(),
                code: Some("AADSTS65004".into()),
            },
            "<p class=\"problem\"><bdi>It was declined</bdi></p><p><bdi>ask a Global Administrator</bdi></p>",
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

#[tokio::test]
async fn checks_are_shown_as_they_stand_and_looked_at_again_while_they_go_on() {
    let mut browser = Browser::signed_in().await;
    let mut filled = draft("d1");
    filled.problems.clear();
    browser.fake.world().drafts.insert("d1".into(), filled);
    let mut checks = validation(&[
        ("token", CheckStatus::Passed),
        ("Calendars.Read", CheckStatus::Pending),
        ("room list", CheckStatus::Failed),
        ("private flags", CheckStatus::Warning),
        ("mailboxes", CheckStatus::Limited),
    ]);
    checks.running = true;
    checks.rooms = Some((12, 45));
    checks.checks[2].advice =
        Some("Make it one: Set-DistributionGroup a@contoso.com -RoomList\nThen validate.".into());
    let set = |browser: &Browser, checks: &crate::api::Validation| {
        let mut world = browser.fake.world();
        world.validation = Some(checks.clone());
        world.drafts.get_mut("d1").unwrap().validation = Some(checks.clone());
    };
    set(&browser, &checks);
    let part = browser.get("/drafts/d1/validation").await;
    part.lacks("<html");
    for held in [
        "<div data-running>",
        "status passed\">passed",
        "status pending\">pending",
        "status failed\">failed",
        "status warning\">warning",
        "status limited\">limited",
        "12 of 45 rooms tried <progress value=\"12\" max=\"45\">",
        "<code>Set-DistributionGroup a@contoso.com -RoomList</code>",
    ] {
        part.holds(held);
    }
    let page = browser.get("/drafts/d1").await;
    page.holds(&part.body);
    page.holds("aria-live=\"polite\" data-fragment=\"/drafts/d1/validation\"");
    page.holds("<noscript><meta http-equiv=\"refresh\" content=\"5\"></noscript>");
    page.holds("The validation is under way. It can be saved all the same.");

    checks.running = false;
    checks.next_try_at = Some(1_770_003_600);
    set(&browser, &checks);
    let page = browser.get("/drafts/d1").await;
    page.holds("<div data-running>");
    page.holds("What is pending is tried again");
    page.holds("Failed: room list. Still pending: Calendars.Read. It can be saved all the same.");

    checks.next_try_at = None;
    checks.checks.truncate(1);
    set(&browser, &checks);
    let page = browser.get("/drafts/d1").await;
    page.lacks("data-running");
    page.lacks("<noscript>");
    page.holds("The validation passed.");
}

#[tokio::test]
async fn a_source_is_paused_edited_and_had_twice() {
    let mut browser = Browser::signed_in().await;
    browser
        .fake
        .world()
        .sources
        .insert("a b/c".into(), source("a b/c"));
    let base = "/sources/a%20b%2Fc";
    let page = browser.get("/infrastructure").await;
    page.holds("href=\"/sources/a%20b%2Fc\"");
    browser.get(base).await.holds(">Pause</button>");
    browser.fake.calls();
    browser.post(&format!("{base}/pause"), &[]).await.leads_to(base);
    browser.get(base).await.holds(">Resume</button>");
    browser.post(&format!("{base}/resume"), &[]).await.leads_to(base);
    browser
        .post(&format!("{base}/edit"), &[])
        .await
        .leads_to("/drafts/d1");
    browser
        .post(&format!("{base}/duplicate"), &[])
        .await
        .leads_to("/drafts/d2");
    browser.get("/drafts/d1").await.holds("Edit a b/c");
    browser
        .post("/drafts/d1/discard", &[])
        .await
        .leads_to("/infrastructure");
    let calls = browser.fake.calls();
    for call in [
        "pause a b/c by ada",
        "resume a b/c by ada",
        "new draft by ada: Edit { source: \"a b/c\" }",
        "new draft by ada: Duplicate { source: \"a b/c\" }",
        "discard d1 by ada",
    ] {
        assert!(calls.iter().any(|made| made == call), "{call}: {calls:?}");
    }
}

#[tokio::test]
async fn mailboxes_are_limited_by_commands_and_the_result_is_tested() {
    let mut browser = Browser::signed_in().await;
    let mailbox = |address: &str, outcome: &str, cause: Option<&str>| Mailbox {
        address: address.into(),
        name: address.into(),
        outcome: outcome.into(),
        cause: cause.map(str::to_owned),
    };
    {
        let mut world = browser.fake.world();
        world.sources.insert("contoso".into(), source("contoso"));
        world.guides = vec![Guide {
            title: "RBAC for Applications".into(),
            description: "The newer way.".into(),
            steps: vec![Step {
                text: "Make a scope.".into(),
                commands: Some("New-ManagementScope -Name rooms\nGet-ManagementScope".into()),
            }],
        }];
        let mut checks = validation(&[("token", CheckStatus::Passed)]);
        checks.mailboxes = vec![
            mailbox("ceo@contoso.com", "denied", Some("access policy")),
            mailbox("gone@contoso.com", "missing", None),
            mailbox("atrium@contoso.com", "collected", None),
            mailbox("lab@contoso.com", "collected", None),
        ];
        world.validation = Some(checks);
    }
    let page = browser.get("/sources/contoso/limit").await;
    for held in [
        "<h1>Limit mailboxes</h1>",
        "<code>New-ManagementScope -Name rooms\nGet-ManagementScope</code>",
        "Test the result",
        "2 rooms can be read, 1 is limited by policy, 1 could not be read for another reason",
        "<details data-keep=\"mailboxes\" open>",
        "<bdi>access policy</bdi>",
    ] {
        page.holds(held);
    }
    browser
        .post("/sources/contoso/validate", &[("from", "limit")])
        .await
        .leads_to("/sources/contoso/limit#validate");
    browser
        .post("/sources/contoso/validate", &[("from", "//evil.example")])
        .await
        .leads_to("/sources/contoso#validate");
}

#[tokio::test]
async fn viewing_is_disabled_and_subjects_are_purged() {
    let mut browser = Browser::signed_in().await;
    browser
        .fake
        .world()
        .sources
        .insert("contoso".into(), source("contoso"));
    let privacy = "/sources/contoso/privacy";
    browser.get(privacy).await.holds(">Disable viewing</button>");
    browser
        .post("/sources/contoso/viewing", &[("viewing", "false")])
        .await
        .leads_to(privacy);
    assert!(!browser.fake.world().sources["contoso"].viewing);
    browser.get(privacy).await.holds(">Enable viewing</button>");
    browser
        .post("/sources/contoso/viewing", &[("viewing", "maybe")])
        .await
        .is(422);
    browser
        .post("/sources/contoso/purge-subjects", &[])
        .await
        .leads_to(privacy);
    browser
        .get(privacy)
        .await
        .holds("The subjects of 12 meetings are gone.");
    let calls = browser.fake.calls();
    assert!(
        calls.contains(&"purge Subjects of contoso by ada".to_owned()),
        "{calls:?}"
    );
}

#[tokio::test]
async fn a_source_is_deleted_by_its_name_with_or_without_what_it_collected() {
    let mut browser = Browser::signed_in().await;
    let path = "/sources/contoso/delete";
    for (purge, said) in [
        (false, "What it collected is kept."),
        (true, "What it collected is gone too."),
    ] {
        browser
            .fake
            .world()
            .sources
            .insert("contoso".into(), source("contoso"));
        browser
            .get(path)
            .await
            .holds("Type <code><bdi>contoso</bdi></code>.");
        for wrong in ["", "contos", "CONTOSO"] {
            let reply = browser.post(path, &[("confirm", wrong), ("purge", "true")]).await;
            reply.is(422);
            reply.holds("This is not its name, so nothing was deleted");
        }
        assert!(browser.fake.world().sources.contains_key("contoso"));
        browser.fake.calls();
        let fields = [("confirm", "contoso"), ("purge", "true")];
        let fields = if purge { &fields[..] } else { &fields[..1] };
        browser.post(path, fields).await.leads_to("/infrastructure");
        assert_eq!(
            browser.fake.calls(),
            [format!("remove contoso by ada, purge: {purge}")]
        );
        browser.get("/infrastructure").await.holds(said);
    }
}

#[tokio::test]
async fn problems_about_several_fields_are_said_without_a_link() {
    let mut browser = Browser::signed_in().await;
    let mut broken = draft("d1");
    broken.touched = true;
    broken.problems = vec![Problem {
        key: String::new(),
        problem: "a secret or a certificate is missing".into(),
        remedy: String::new(),
    }];
    browser.fake.world().drafts.insert("d1".into(), broken);
    browser
        .get("/drafts/d1")
        .await
        .holds("<li><bdi>a secret or a certificate is missing</bdi></li>");
}

#[tokio::test]
async fn validation_is_of_the_target_in_the_address() {
    let mut browser = Browser::signed_in().await;
    browser.fake.calls();
    browser
        .get("/sources/a%2Fb/validation")
        .await
        .holds("Nothing was checked yet.");
    assert_eq!(
        browser.fake.calls(),
        [format!("validation of {:?}", Target::Source("a/b".into()))]
    );
}
