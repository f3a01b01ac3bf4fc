//! Tests of the administrator's way from nothing to a saved source.

use super::Browser;
use super::fake::{authorization, draft, validation};
use crate::api::{CheckStatus, ConnectorChoice, Problem, Validation};

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
    page.holds("<button type=\"submit\" disabled aria-describedby=\"save-state\">Save</button>");
    page.holds("<a href=\"#step-details\" aria-current=\"step\">Details</a>");
    assert_eq!(page.body.matches("class=\"primary\"").count(), 1);

    browser
        .post("/drafts/d1/details", &[])
        .await
        .leads_to("/drafts/d1#field-name");
    let page = browser.get("/drafts/d1").await;
    page.holds("<bdi>Saved as a draft. To go on, fix the 5 problems below.</bdi>");
    for missing in ["Name", "Tenant", "User agent", "Client ID"] {
        page.holds(&format!("\"><bdi>{missing} is missing</bdi></a>"));
    }
    page.holds("<a href=\"#field-client-secret\"><bdi>Client secret and certificate are missing</bdi>: <bdi>Enter one of the two</bdi></a>");
    page.holds(
        "aria-describedby=\"help-field-settings_tenant problem-field-settings_tenant\" aria-invalid=\"true\"",
    );

    browser
        .post("/drafts/d1/details", &DETAILS)
        .await
        .leads_to("/drafts/d1#step-authorize");
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
    // Said where the next step is, which alone is unfolded and has the primary button.
    page.holds(
        "<div class=\"step\" id=\"step-authorize\" tabindex=\"-1\">\
         <p class=\"notice\" role=\"status\"><bdi>Details saved. Next step: authorize.</bdi></p>",
    );
    page.holds("<section id=\"details\" aria-labelledby=\"details-heading\"><details><summary>");
    page.holds("<button class=\"primary\" type=\"submit\">Click to authorize</button>");
    assert_eq!(page.body.matches("class=\"primary\"").count(), 1);
    page.holds("Stored <bdi>in the keyring</bdi>.");
    page.holds("value=\"contoso.onmicrosoft.com\"");
    page.holds("Click to authorize");
    page.holds(">Global (default)</option>");
    page.holds("Not validated yet.");
    page.holds("Saving does not wait for the validation.");

    let reply = browser.post("/drafts/d1/authorize", &[]).await;
    let consent = "https://login.microsoftonline.com/contoso/adminconsent?state=state-0";
    reply.leads_to(consent);
    browser
        .get("/authorized?state=state-0&tenant=t&admin_consent=True")
        .await
        .leads_to("/drafts/d1#step-authorize");
    browser
        .post("/drafts/d1/validate", &[])
        .await
        .leads_to("/drafts/d1#step-validate");
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
        ("certificate-password", "s3cret-of-pfx"),
        ("secrets.feed", "s3cret-feed"),
    ];
    browser.post("/drafts/d1/details", &secrets).await.is(303);
    assert_eq!(browser.fake.world().secrets.len(), 4);
    for path in ["/drafts/d1", "/infrastructure", "/audit"] {
        let page = browser.get(path).await;
        page.is(200);
        page.lacks("s3cret");
    }
    let reply = browser.post("/drafts/d1/check", &secrets).await;
    reply.is(200);
    reply.lacks("s3cret");
    // An empty field is not a secret: the stored one stays.
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
async fn a_client_secret_that_looks_like_its_id_is_questioned_once() {
    let mut browser = Browser::signed_in().await;
    browser.fake.world().drafts.insert("d1".into(), draft("d1"));
    let id = [
        &DETAILS[..6],
        &[("client-secret", "0b7e1a2c-9f51-4d6e-8a3b-1c2d3e4f5a6b")],
    ]
    .concat();
    browser
        .post("/drafts/d1/details", &id)
        .await
        .leads_to("/drafts/d1#field-client-secret");
    let doubt = "<p class=\"doubt\" id=\"doubt\" data-doubt=\"client-secret\">";
    let page = browser.get("/drafts/d1").await;
    page.holds(doubt);
    page.holds("This looks like the secret's ID. Paste its Value.");
    page.holds("<details open>");
    // Saving again keeps it.
    browser
        .post("/drafts/d1/details", &DETAILS[..6])
        .await
        .leads_to("/drafts/d1#step-authorize");
    browser.get("/drafts/d1").await.lacks(doubt);
}

#[tokio::test]
async fn a_doubt_outlasts_the_other_mistakes_of_the_form() {
    let mut browser = Browser::signed_in().await;
    browser.fake.world().drafts.insert("d1".into(), draft("d1"));
    let doubt = "<p class=\"doubt\" id=\"doubt\" data-doubt=\"client-secret\">";
    // The name is missing as well.
    let wrong = [
        &DETAILS[1..6],
        &[("client-secret", "0b7e1a2c-9f51-4d6e-8a3b-1c2d3e4f5a6b")],
    ]
    .concat();
    browser
        .post("/drafts/d1/details", &wrong)
        .await
        .leads_to("/drafts/d1#field-name");
    browser.get("/drafts/d1").await.holds(doubt);
    browser
        .post("/drafts/d1/details", &DETAILS[..6])
        .await
        .leads_to("/drafts/d1#field-client-secret");
    browser.get("/drafts/d1").await.holds(doubt);
    browser
        .post("/drafts/d1/details", &DETAILS[..6])
        .await
        .leads_to("/drafts/d1#step-authorize");
    browser.get("/drafts/d1").await.lacks(doubt);
    // Another value takes the doubt away.
    browser.post("/drafts/d1/details", &wrong).await.is(303);
    let other = [&DETAILS[..6], &[("client-secret", "abc8Q~dPZk2x")]].concat();
    browser
        .post("/drafts/d1/details", &other)
        .await
        .leads_to("/drafts/d1#step-authorize");
    browser.get("/drafts/d1").await.lacks(doubt);
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
        r#"{"problems":[{"key":"settings.tenant","problem":"Tenant is missing","remedy":""},{"key":"settings.user-agent","problem":"User agent is missing","remedy":""},{"key":"client-id","problem":"Client ID is missing","remedy":""},{"key":"client-secret","problem":"Client secret and certificate are missing","remedy":"Enter one of the two"}]}"#
    );
    assert_eq!(browser.fake.calls(), ["draft d1", "check d1"]);
    assert!(!browser.fake.world().drafts["d1"].touched);
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
    checks.checks[2].reason.advice =
        Some("Make it one: Set-DistributionGroup a@contoso.com -RoomList\nThen validate.".into());
    let set = |browser: &Browser, checks: &Validation| {
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
    page.holds("The validation is under way.");

    checks.running = false;
    checks.next_try_at = Some(1_770_003_600);
    set(&browser, &checks);
    let page = browser.get("/drafts/d1").await;
    page.holds("<div data-running>");
    page.holds("the collector tries again by itself. Next try ");
    page.holds("Failed: room list. 1 check still pending.");
    // What waits and what passed is folded; what to do about it comes first.
    page.holds("<details data-keep=\"pending\"><summary><span class=\"status pending\">pending</span> 1 check still pending</summary>");
    page.holds("<details data-keep=\"passed\"><summary><span class=\"status passed\">passed</span> 1 check passed</summary>");
    let (first, folded) = page.body.split_once("data-keep=\"pending\"").unwrap();
    assert!(first.contains("Set-DistributionGroup") && !folded.contains("status failed"));

    checks.next_try_at = None;
    checks.checks.truncate(1);
    set(&browser, &checks);
    let page = browser.get("/drafts/d1").await;
    page.lacks("data-running");
    page.lacks("<noscript>");
    page.holds("The validation passed.");
}

#[tokio::test]
async fn the_path_goes_on_where_the_checks_end_without_a_reload() {
    let mut browser = Browser::signed_in().await;
    let mut checked = draft("d1");
    checked.touched = true;
    checked.problems.clear();
    let mut checks = validation(&[("token", CheckStatus::Passed)]);
    checks.running = true;
    let mut set = |browser: &Browser, checks: &Validation| {
        let mut world = browser.fake.world();
        world.validation = Some(checks.clone());
        checked.validation = Some(checks.clone());
        world.drafts.insert("d1".into(), checked.clone());
    };
    set(&browser, &checks);
    browser.get("/drafts/d1/validation").await.lacks("data-steps");
    checks.running = false;
    set(&browser, &checks);
    let part = browser.get("/drafts/d1/validation").await;
    part.holds("<template data-steps><nav aria-label=\"Steps\">");
    part.holds("<a href=\"#step-save\" aria-current=\"step\">");
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
async fn a_draft_that_is_not_saved_comes_back_with_the_reason() {
    let mut browser = Browser::signed_in().await;
    let mut typed = draft("d1");
    typed.input.name = "contoso".into();
    let mut checks = validation(&[]);
    checks.running = true;
    typed.validation = Some(checks);
    browser.fake.world().drafts.insert("d1".into(), typed);
    let reply = browser.post("/drafts/d1/save", &[]).await;
    reply.is(422);
    reply.holds(
        "<div class=\"problems\" role=\"alert\"><p><strong>Not saved: </strong>\
         <bdi>the host details are not complete</bdi></p></div>",
    );
    reply.holds("name=\"name\" value=\"contoso\"");
    // Reloading would submit the form again.
    reply.lacks("http-equiv");
    browser.get("/drafts/d1").await.lacks("Not saved: ");

    browser.fake.world().broken = Some("the disk is full".into());
    let reply = browser.post("/drafts/d1/save", &[]).await;
    reply.is(500);
    reply.holds("the disk is full");
    reply.holds("href=\"/drafts/d1\"");
}

#[tokio::test]
async fn what_needs_saved_details_is_marked_for_the_script() {
    let mut browser = Browser::signed_in().await;
    let mut filled = draft("d1");
    filled.problems.clear();
    filled.authorization = Some(authorization(None));
    browser.fake.world().drafts.insert("d1".into(), filled);
    let page = browser.get("/drafts/d1").await;
    for (form, waits) in [
        ("authorize", true),
        ("validate", true),
        ("save", true),
        ("discard", false),
    ] {
        let marked = format!("action=\"/drafts/d1/{form}\" data-after-details>");
        assert_eq!(page.body.contains(&marked), waits, "{form}: {}", page.body);
    }
}
