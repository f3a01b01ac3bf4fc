//! Tests of the actions on a saved source.

use super::Browser;
use super::fake::{source, validation};
use crate::api::{CheckStatus, Guide, Mailbox, SourceSummary, Step, Target};

#[tokio::test]
async fn a_source_is_paused_resumed_edited_and_duplicated() {
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
async fn what_was_typed_into_a_draft_that_is_gone_is_shown_with_a_way_to_begin_again() {
    let mut browser = Browser::signed_in().await;
    browser
        .post("/infrastructure/new", &[("connector", "o365")])
        .await
        .leads_to("/drafts/d1");
    browser
        .get("/drafts/d1")
        .await
        .holds("name=\"kind\" value=\"o365\"");
    browser.post("/drafts/d1/discard", &[]).await;
    let fields = [
        ("kind", "o365"),
        ("name", "contoso"),
        ("settings.tenant", "contoso.example"),
        ("ahead", "21d"),
        ("client-secret", "not to be shown"),
        ("secrets.feed", "not to be shown"),
    ];
    let reply = browser.post("/drafts/d1/details", &fields).await;
    reply.is(404);
    for part in [
        "Not saved: the draft is gone",
        "<dt><bdi>Tenant</bdi></dt><dd><bdi>contoso.example</bdi></dd>",
        "<dt><bdi>How far ahead</bdi></dt><dd><bdi>21d</bdi></dd>",
        "action=\"/infrastructure/new\"",
        "name=\"connector\" value=\"o365\"",
    ] {
        reply.holds(part);
    }
    reply.lacks("not to be shown");
    // Someone else saved it.
    browser
        .fake
        .world()
        .sources
        .insert("contoso".into(), source("contoso"));
    let reply = browser.post("/drafts/d1/details", &fields).await;
    reply.is(404);
    reply.holds("action=\"/sources/contoso/edit\"");
    reply.holds("Edit the source again");
    // A page from before an update, or of a connector that is gone too, knows no form.
    for kind in ["", "gone"] {
        let mut fields = fields;
        fields[0].1 = kind;
        let reply = browser.post("/drafts/d1/details", &fields).await;
        reply.is(404);
        reply.holds("The draft is gone");
    }
}

/// The mark of the draft that a page's form was made from.
fn made_from(page: &super::browser::Reply) -> String {
    let (_, after) = page.body.split_once("name=\"made-from\" value=\"").unwrap();
    after.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn what_two_browsers_type_into_one_draft_is_not_overwritten_unseen() {
    let mut browser = Browser::signed_in().await;
    let source = ("/infrastructure/new", "/drafts/d1", "details");
    let sink = ("/sinks/new", "/sink-drafts/s1", "try");
    for ((begin, base, form), (field, title), (one, other)) in [
        (
            source,
            ("settings.tenant", "Tenant"),
            ("one.example", "other.example"),
        ),
        (
            sink,
            ("settings.url", "Address"),
            ("https://one.example", "https://other.example"),
        ),
    ] {
        browser
            .post(begin, &[("connector", "o365"), ("kind", "webhook")])
            .await;
        let before = made_from(&browser.get(base).await);
        let post = format!("{base}/{form}");
        let typed = |text, mark| {
            [
                ("made-from", mark),
                ("name", "hq"),
                (field, text),
                ("settings.secret", "whsec_never shown"),
                ("client-secret", "never shown"),
            ]
        };
        browser.post(&post, &typed(one, &before)).await.is(303);
        // The other page is from before that.
        let reply = browser.post(&post, &typed(other, &before)).await;
        reply.is(409);
        for part in [
            "Not saved yet: the draft has changed since you opened this page.",
            &format!("<dt><bdi>{title}</bdi></dt><dd>in the draft: <bdi>{one}</bdi></dd>"),
            &format!("value=\"{other}\""),
            "Secrets that you typed were not kept.",
            "data-changed",
        ] {
            reply.holds(part);
        }
        reply.lacks("never shown");
        let page = browser.get(base).await;
        page.holds(&format!("value=\"{one}\""));
        // Sent again, it goes through.
        let seen = made_from(&reply);
        assert_eq!(seen, made_from(&page));
        browser.post(&post, &typed(other, &seen)).await.is(303);
        browser.get(base).await.holds(&format!("value=\"{other}\""));
    }
}

#[tokio::test]
async fn a_draft_that_is_gone_says_what_happened_and_leads_to_the_list() {
    let mut browser = Browser::signed_in().await;
    let said = "It was saved or discarded, perhaps by someone else, or nobody changed it for 30 days.";
    for (base, forms, list) in [
        ("/drafts/gone", &["save", "discard"][..], "/infrastructure"),
        ("/sink-drafts/gone", &["save", "try", "discard"][..], "/sinks"),
    ] {
        let mut replies = vec![browser.get(base).await];
        for form in forms {
            replies.push(browser.post(&format!("{base}/{form}"), &[]).await);
        }
        for reply in replies {
            reply.is(404);
            reply.holds(said);
            reply.holds(&format!("<p><a href=\"{list}\">Go to the "));
        }
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
async fn a_source_is_collected_now_and_the_page_follows() {
    let mut browser = Browser::signed_in().await;
    let idle = SourceSummary {
        next_pass_at: Some(crate::now() + 3_600),
        ..source("contoso")
    };
    browser.fake.world().sources.insert("contoso".into(), idle);
    let page = browser.get("/sources/contoso").await;
    page.holds("data-fragment=\"/sources/contoso/state\" data-look=\"15\"");
    page.holds(">Collect now</button>");
    page.lacks("data-running");
    let collect = "/sources/contoso/collect";
    browser.post(collect, &[]).await.leads_to("/sources/contoso");
    let page = browser.get("/sources/contoso").await;
    page.holds("A pass of contoso was started.");
    page.holds("<header data-running data-say=\"contoso: collecting\">");
    page.lacks(">Collect now</button>");
    let part = browser.get("/sources/contoso/state").await;
    part.lacks("<html");
    page.holds(&part.body);
    // From the overview and back, with words when it is refused.
    browser.fake.world().sources.get_mut("contoso").unwrap().paused = true;
    browser.post(collect, &[("from", "overview")]).await.leads_to("/");
    browser
        .get("/")
        .await
        .holds("Nothing was started: contoso is paused.");
    let calls = browser.fake.calls();
    assert_eq!(
        calls
            .iter()
            .filter(|call| *call == "collect contoso by ada")
            .count(),
        2
    );
}

#[tokio::test]
async fn instants_are_shown_in_the_zone_that_was_chosen_for_all_pages() {
    let mut browser = Browser::signed_in().await;
    browser
        .get("/rooms?text=x")
        .await
        .holds("name=\"next\" value=\"/rooms?text=x\"");
    let reply = browser
        .post("/zone", &[("zone", "europe/berlin"), ("next", "/rooms?text=x")])
        .await;
    reply.leads_to("/rooms?text=x");
    assert_eq!(
        reply.header("set-cookie"),
        "zone=Europe/Berlin; Path=/; SameSite=Lax; Max-Age=31536000"
    );
    for page in ["/rooms", "/audit", "/timeline", "/account"] {
        let page = browser.get(page).await;
        page.holds("data-zone=\"Europe/Berlin\"");
        assert_eq!(page.body.matches(">Times in Europe/Berlin</summary>").count(), 1);
    }
    browser
        .post("/zone", &[("quick", "UTC"), ("zone", "x")])
        .await
        .leads_to("/");
    browser.get("/rooms").await.holds("data-zone=\"UTC\"");
    let own = browser.post("/zone", &[("quick", "auto:Asia/Tokyo")]).await;
    assert!(own.header("set-cookie").starts_with("zone=auto:Asia/Tokyo;"));
    browser
        .post("/zone", &[("zone", "Mars"), ("next", "//evil.example")])
        .await
        .leads_to("/");
    browser
        .get("/rooms")
        .await
        .holds("“Mars” is not a time zone. Use a name such as Europe/Berlin.");
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
        .holds("Removed the subjects of 12 meetings.");
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
        (false, "Its collected data was kept."),
        (true, "Its collected data was deleted too."),
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
            reply.holds("The name does not match; nothing was deleted");
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
async fn validation_is_of_the_target_in_the_address() {
    let mut browser = Browser::signed_in().await;
    browser.fake.calls();
    browser
        .get("/sources/a%2Fb/validation")
        .await
        .holds("No checks have run yet.");
    assert_eq!(
        browser.fake.calls(),
        [format!("validation of {:?}", Target::Source("a/b".into()))]
    );
}
