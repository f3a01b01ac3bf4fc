//! The way of an administrator, from nothing to a validated source and what comes after, in a browser.

use std::time::Duration;

use e2e::Browser;
use graph_sim::Mailbox;

use crate::portal::situation::{HOSTILE, Situation, picture, show_authorization};

const HOUR: Duration = Duration::from_secs(60 * 60);

/// The checks as the page shows them, unfolded: `word name`.
fn checks(browser: &Browser) -> Vec<String> {
    for part in ["pending", "passed"] {
        let folded = format!("#validate details[data-keep={part}]:not([open]) > summary");
        if browser.exists(&folded).unwrap_or_default() {
            browser.click(&folded).unwrap();
        }
    }
    browser
        .texts("#validate .checks > li > p:first-child")
        .unwrap_or_default()
}

fn wait_for_check(browser: &Browser, what: &str) {
    browser
        .wait_for(what, |browser| {
            checks(browser)
                .iter()
                .any(|check| check.contains(what))
                .then_some(())
        })
        .unwrap_or_else(|error| panic!("{error:#}\n{:#?}", checks(browser)));
}

#[test]
fn from_nothing_to_a_source_that_is_collected_and_looked_at() {
    let Some(browser) = Browser::start().unwrap() else {
        return;
    };
    let mut situation = Situation::new(2 * HOUR);

    // 1. Signs in: the first account is made with the token that was printed.
    situation.set_up(&browser);
    browser.click_text("Overview").unwrap();
    browser.wait_for_text("h1", "Overview").unwrap();
    picture(&browser, "overview-empty");
    browser.dark(true).unwrap();
    picture(&browser, "overview-empty-dark");
    browser.dark(false).unwrap();

    // 2. Infrastructure, New infrastructure.
    browser.click_text("Infrastructure").unwrap();
    browser.wait_for_text("h1", "Infrastructure").unwrap();
    picture(&browser, "infrastructure-empty");

    // 3. Host details: checked as typed and again by the server.
    situation.fill_in(&browser, "hq-rooms@contoso.com, everyone@contoso.com");
    browser.fill("[name='settings.tenant']", "not a tenant").unwrap();
    browser
        .wait_for("the problem while it is typed", |browser| {
            browser
                .exists("[name='settings.tenant'][aria-invalid=true]")
                .ok()?
                .then_some(())
        })
        .unwrap();
    browser.click_text("Save details").unwrap();
    browser
        .wait_for_part(".step > .notice", "To go on, fix the problem below.")
        .unwrap();
    // The field that is wrong has the focus.
    assert_eq!(
        browser.evaluate("document.activeElement.name").unwrap(),
        "settings.tenant"
    );
    picture(&browser, "details-with-a-problem");
    browser.fill("[name='settings.tenant']", "contoso.com").unwrap();
    situation.save_details(&browser);
    // The next step is unfolded and in view, and its button the only primary one.
    assert_eq!(
        browser.texts("main button.primary").unwrap(),
        ["Click to authorize"]
    );
    let top = "document.querySelector('#step-authorize').getBoundingClientRect().top";
    let top = browser.evaluate(top).unwrap().as_f64().unwrap();
    assert!((0.0..400.0).contains(&top), "{top}");
    picture(&browser, "details");
    browser.size(360, 800).unwrap();
    picture(&browser, "details-phone");
    browser.size(1280, 900).unwrap();
    assert!(
        !browser.text("body").unwrap().contains(graph_sim::CLIENT_SECRET),
        "a secret that was typed never comes back"
    );
    assert!(
        !situation.configuration().contains("contoso.com"),
        "nothing is configured before it is saved"
    );

    // 4. Authorization: declined, then not an administrator, then given.
    situation.authorize(&browser, "admin@contoso.com", "cancel");
    show_authorization(&browser);
    browser.wait_for_part("#authorization", "AADSTS65004").unwrap();
    picture(&browser, "authorization-declined");
    browser.click_text("Click to authorize").unwrap();
    browser.click_text("Sign in as bob@contoso.com").unwrap();
    browser.wait_for_text("h1", "Need admin approval").unwrap();
    browser
        .click_text("Return to the application without granting consent")
        .unwrap();
    browser.wait_for_part("#authorization", "AADSTS90094").unwrap();
    picture(&browser, "authorization-not-an-administrator");
    situation.authorize(&browser, "admin@contoso.com", "accept");
    browser
        .wait_for_part("#authorization summary", "granted")
        .unwrap();
    show_authorization(&browser);
    browser
        .wait_for_part("#authorization", "Verified with a token from tenant")
        .unwrap();
    picture(&browser, "authorization-given");

    // 5. Validate: not yet, and not lost over a restart; then it works, for a part.
    browser.click("#validate button").unwrap();
    browser
        .wait_for_part(
            "#validate .progress",
            "the collector tries again by itself. Next try",
        )
        .unwrap();
    picture(&browser, "validation-pending");
    wait_for_check(&browser, "pending");
    // The page would look for news while nobody is there to answer.
    browser.open("about:blank").unwrap();
    let _ = browser.script_errors();
    situation.restart();
    situation.sign_in(&browser);
    browser.click_text("Infrastructure").unwrap();
    browser.click_text("contoso").unwrap();
    wait_for_check(&browser, "pending");
    situation.simulator.advance(3 * HOUR);
    // Nobody clicks: it is tried again by itself, and the page shows it by itself.
    wait_for_check(&browser, "every room's calendar");
    let found = checks(&browser);
    let has = |status: &str, name: &str| {
        found
            .iter()
            .any(|check| check.contains(status) && check.contains(name))
    };
    assert!(has("passed", "token"), "{found:#?}");
    assert!(has("passed", "permission Place.Read.All"), "{found:#?}");
    assert!(has("passed", "room list hq-rooms@contoso.com"), "{found:#?}");
    assert!(has("limited", "every room's calendar"), "{found:#?}");
    assert!(!found.iter().any(|check| check.contains("pending")), "{found:#?}");
    let body = browser.text("#validate").unwrap();
    assert!(
        body.contains("everyone@contoso.com is a distribution list"),
        "{body}"
    );
    assert!(body.contains("Set-DistributionGroup"), "{body}");
    assert!(body.contains("limited by policy"), "{body}");
    // The path goes on by itself, too.
    browser
        .wait_for_text(".steps [aria-current=step]", "Save")
        .unwrap();
    assert_eq!(browser.texts("main button.primary").unwrap(), ["Save"]);
    picture(&browser, "validation");

    // 6. Save: applied at once, what stood in the file stays, no secret is in it.
    browser.click("#save button").unwrap();
    browser.wait_for_text("h1", "contoso").unwrap();
    let configuration = situation.configuration();
    assert!(
        configuration.starts_with("# Kept by hand: what stands here stays.\n[service]\n"),
        "{configuration}"
    );
    assert!(
        configuration.contains("[[source]]") && configuration.contains("tenant = \"contoso.com\""),
        "{configuration}"
    );
    assert!(
        !configuration.contains(graph_sim::CLIENT_SECRET),
        "{configuration}"
    );
    situation.service.wait_for_passes("contoso", 1).unwrap();
    browser
        .wait_for("a pass on the source's page", |browser| {
            browser.open(&situation.at("/sources/contoso")).ok()?;
            browser.text("main").ok()?.contains("2 collected").then_some(())
        })
        .unwrap();
    picture(&browser, "source");
    browser.size(390, 844).unwrap();
    picture(&browser, "source-phone");
    browser.size(1280, 900).unwrap();

    // What operators look for.
    let week = format!("/timeline?view=week&zone=UTC&date={}", situation.day);
    let day = format!(
        "/timeline?building=Headquarters&view=day&zone=UTC&date={}",
        situation.day
    );
    for (path, name, shown) in [
        ("/", "overview", "contoso"),
        ("/rooms", "rooms", "denied"),
        (week.as_str(), "timeline-week", "Quarterly review"),
        (day.as_str(), "timeline-day", "Quarterly review"),
        ("/infrastructure", "infrastructure", "contoso"),
        ("/account", "account", "ada"),
        ("/connectors", "connectors", "Microsoft Office 365"),
        ("/sinks", "sinks", "ink"),
    ] {
        browser.open(&situation.at(path)).unwrap();
        browser.wait_for_part("main", shown).unwrap();
        let title = browser.text("h1").unwrap();
        assert!(!title.contains("owned"), "{path}");
        picture(&browser, name);
    }
    browser.open(&situation.at(&week)).unwrap();
    let timeline = browser.text("main").unwrap();
    assert!(
        timeline.contains(HOSTILE),
        "foreign text is shown as text: {timeline}"
    );
    assert!(!timeline.contains("Salaries"), "a private subject is nowhere");
    browser.size(360, 800).unwrap();
    picture(&browser, "timeline-phone");
    browser.size(1280, 900).unwrap();
    // No window reaches a day so far away, so its rooms do not look free.
    browser
        .open(&situation.at("/timeline?zone=UTC&date=2100-01-01"))
        .unwrap();
    browser.wait_for_part("main", "not collected").unwrap();
    let timeline = browser.text("main").unwrap();
    assert!(
        timeline.contains("A gap there may not be free.") && !timeline.contains("no meetings"),
        "{timeline}"
    );

    // 7. Limit mailboxes: commands for this application and these lists, and the result per mailbox.
    browser.open(&situation.at("/sources/contoso/limit")).unwrap();
    let limits = browser.text("main").unwrap();
    for part in [
        "New-ManagementRoleAssignment",
        "New-ApplicationAccessPolicy",
        graph_sim::CLIENT_ID,
        "hq-rooms@contoso.com",
    ] {
        assert!(limits.contains(part), "{part}: {limits}");
    }
    browser
        .wait_for("the rooms one by one", |browser| {
            let text = browser.text("#validate").ok()?;
            text.contains("2 rooms can be read, 1 is limited by policy")
                .then_some(())
        })
        .unwrap();
    picture(&browser, "limit-mailboxes");

    // 8. Subject visibility: hidden everywhere, and purged.
    browser.open(&situation.at("/sources/contoso/privacy")).unwrap();
    picture(&browser, "privacy");
    browser.click_text("Disable viewing").unwrap();
    browser.wait_for_part("main", "disabled").unwrap();
    assert!(situation.configuration().contains("view-subjects = false"));
    browser.open(&situation.at(&week)).unwrap();
    assert!(!browser.text("main").unwrap().contains("Quarterly review"));
    let export = situation.workplace.run(&["export", "--format", "jsonl"]).unwrap();
    assert!(
        !export.stdout.contains("Quarterly review") && export.stdout.lines().count() == 3,
        "{}",
        export.stdout
    );
    browser.open(&situation.at("/sources/contoso/privacy")).unwrap();
    browser.click_text("Purge subjects").unwrap();
    browser.click("form[action$='/purge-subjects'] button").unwrap();
    browser.wait_for_part("main", "Removed the subjects of").unwrap();
    for (path, content) in situation.workplace.data().unwrap() {
        let found = content.windows(16).any(|window| window == b"Quarterly review");
        assert!(!found, "{} still holds the subject", path.display());
    }
    browser.open(&situation.at("/audit")).unwrap();
    let audit = browser.text("main").unwrap();
    for action in [
        "Account added",
        "Signed in",
        "Secret stored",
        "Consent refused",
        "Consent given",
        "Source added",
        "Viewed subjects",
        "Viewing of subjects disabled",
        "Subjects purged",
    ] {
        assert!(audit.contains(action), "{action}: {audit}");
    }
    picture(&browser, "audit");
    browser.size(390, 844).unwrap();
    picture(&browser, "audit-phone");
    browser.size(1280, 900).unwrap();
    browser
        .open(&situation.at("/audit?action=secret-stored"))
        .unwrap();
    assert_eq!(browser.texts("main tbody tr").unwrap().len(), 1);
    let exported = situation.workplace.run(&["audit", "--format", "jsonl"]).unwrap();
    assert!(
        exported.stdout.contains("\"action\":\"subjects-viewed\""),
        "{}",
        exported.stdout
    );

    // Pause, resume, duplicate, delete with what was collected.
    browser.open(&situation.at("/sources/contoso")).unwrap();
    browser.click_text("Pause").unwrap();
    browser.wait_for_part("main", "paused").unwrap();
    browser.click_text("Resume").unwrap();
    browser.wait_for_part("main", "contoso resumed.").unwrap();
    browser.click_text("Duplicate").unwrap();
    browser.wait_for_text("h1", "Duplicate contoso").unwrap();
    picture(&browser, "duplicate");
    browser.click_text("Discard").unwrap();
    browser.wait_for_part("main", "Draft discarded.").unwrap();
    browser.open(&situation.at("/sources/contoso/delete")).unwrap();
    browser.fill("[name=confirm]", "contoso").unwrap();
    browser.click("[name=purge]").unwrap();
    picture(&browser, "delete");
    browser.click("main button.danger").unwrap();
    browser
        .wait_for_part("main", "No sources yet. Start with New infrastructure.")
        .unwrap();
    let configuration = situation.configuration();
    assert!(
        !configuration.contains("[[source]]") && configuration.contains("# Kept by hand"),
        "{configuration}"
    );
    let secrets = situation.workplace.run(&["secrets", "list"]).unwrap();
    assert!(!secrets.stdout.contains("contoso"), "{}", secrets.stdout);
}

#[test]
fn a_source_that_was_saved_before_its_consent_is_collected_when_its_validation_has_passed() {
    let Some(browser) = Browser::start().unwrap() else {
        return;
    };
    let mut situation = Situation::new(Duration::ZERO);
    situation.set_up(&browser);
    situation.fill_in(&browser, "hq-rooms@contoso.com");
    browser.fill("[name=every]", "1h").unwrap();
    situation.save_details(&browser);
    browser.click("#validate button").unwrap();
    browser
        .wait_for_part("#validate [data-verdict]", "Failed:")
        .unwrap();
    browser.click("#save button").unwrap();
    browser.wait_for_text("h1", "contoso").unwrap();
    browser.open(&situation.at("/")).unwrap();
    browser.wait_for_part("article.card", "failed").unwrap();

    browser.open(&situation.at("/sources/contoso")).unwrap();
    situation.authorize(&browser, "admin@contoso.com", "accept");
    browser.open(&situation.at("/sources/contoso")).unwrap();
    // What was found before the consent says nothing about the time after it.
    browser
        .wait_for_part("#validate", "No checks have run yet.")
        .unwrap();
    browser.click("#validate button").unwrap();
    browser
        .wait_for_part("#validate [data-verdict]", "The validation passed.")
        .unwrap();
    // Nothing is due for an hour. Nobody has to know that it can be collected at once.
    browser.open(&situation.at("/")).unwrap();
    browser.wait_for_part("article.card", "2 collected").unwrap();
}

#[test]
fn a_source_is_changed_and_its_comments_stay() {
    let Some(browser) = Browser::start().unwrap() else {
        return;
    };
    let mut situation = Situation::new(Duration::ZERO);
    situation.set_up(&browser);
    situation.fill_in(&browser, "hq-rooms@contoso.com");
    situation.save_details(&browser);
    situation.authorize(&browser, "admin@contoso.com", "accept");
    browser.click("#save button").unwrap();
    browser.wait_for_text("h1", "contoso").unwrap();
    let path = situation.workplace.path().join("collector.toml");
    let commented = situation
        .configuration()
        .replace("tenant = ", "# Ours since 2019.\ntenant = ");
    std::fs::write(&path, commented).unwrap();
    browser.open(&situation.at("/sources/contoso")).unwrap();
    browser.click_text("Edit").unwrap();
    browser.wait_for_text("h1", "Edit contoso").unwrap();
    browser
        .fill(
            "[name='settings.room-lists']",
            "hq-rooms@contoso.com, empty-rooms@contoso.com",
        )
        .unwrap();
    situation.save_details(&browser);
    browser.click("#validate button").unwrap();
    wait_for_check(&browser, "warning");
    let body = browser.text("#validate").unwrap();
    assert!(body.contains("Add-DistributionGroupMember"), "{body}");
    browser.click("#save button").unwrap();
    browser.wait_for_text("h1", "contoso").unwrap();
    let configuration = situation.configuration();
    assert!(
        configuration.contains("# Ours since 2019.\ntenant = \"contoso.com\""),
        "{configuration}"
    );
    assert!(
        configuration.contains("empty-rooms@contoso.com"),
        "{configuration}"
    );
    // On the machine itself: the last administrator stays one, and a new password ends its sessions.
    let run = |arguments: &[&str]| situation.workplace.run(arguments).unwrap();
    let accounts = run(&["accounts", "list", "--format", "csv"]).stdout;
    assert!(
        accounts.starts_with("account,role,created\nada,administrator,20"),
        "{accounts}"
    );
    for arguments in [
        &["accounts", "remove", "ada"][..],
        &["accounts", "role", "ada", "viewer"],
    ] {
        let refused = run(arguments);
        assert_eq!(refused.code, 2, "{}", refused.stderr);
        assert!(
            refused.stderr.contains("ada is the last administrator"),
            "{}",
            refused.stderr
        );
    }
    assert_eq!(run(&["accounts", "role", "ada", "owner"]).code, 2);
    assert!(
        run(&["accounts", "role", "bob", "viewer"])
            .stderr
            .contains("there is no account")
    );
    let same = run(&["accounts", "role", "ada", "administrator"]).stdout;
    assert!(same.contains("ada has the role administrator already."), "{same}");
    browser.open(&situation.at("/account")).unwrap();
    browser.click_text("Add an account").unwrap();
    browser
        .fill("form[action='/account/add'] [name=account]", "bob")
        .unwrap();
    browser
        .choose("form[action='/account/add'] [name=role]", "analyst")
        .unwrap();
    for field in ["new", "again"] {
        browser
            .fill(
                &format!("form[action='/account/add'] [name={field}]"),
                "an entirely new one",
            )
            .unwrap();
    }
    browser.click("form[action='/account/add'] button").unwrap();
    browser
        .wait_for_part("[role=status]", "Account bob created.")
        .unwrap();
    picture(&browser, "accounts");
    let changed = run(&["accounts", "role", "bob", "viewer"]).stdout;
    assert!(
        changed.contains("bob has the role viewer from the next request on."),
        "{changed}"
    );
    assert!(run(&["audit"]).stdout.contains("from analyst to viewer"));
    situation.new_password("an entirely new one");
    browser.open(&situation.at("/")).unwrap();
    browser.wait_for_text("h1", "Sign in").unwrap();
    situation.sign_in_with(&browser, "an entirely new one");

    // A room that the policy no longer keeps back is read by the next pass.
    situation
        .simulator
        .update(|tenant| {
            tenant
                .room_mut("conf-c@contoso.com")?
                .set_mailbox(Mailbox::Normal);
            Ok(())
        })
        .unwrap();
    browser
        .wait_for("all rooms", |browser| {
            browser.open(&situation.at("/sources/contoso")).ok()?;
            browser.text("main").ok()?.contains("3 collected").then_some(())
        })
        .unwrap();
}
