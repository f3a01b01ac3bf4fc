//! Sinks that an administrator adds, tries, changes and removes in a browser, against real servers.

use e2e::{Browser, Database, NatsServer, PostgresServer, Receiver};
use graph_sim::{Simulator, Tenant};

use crate::portal::situation::{HOSTILE, Situation, look};

/// A sink that stands in the file, with comments and a key that the form shows folded.
const SINK: &str = r#"
# Where it goes.
[[sink]]
name = "by-hand"
type = "jsonl"
path = "by-hand.jsonl"   # on the fast disk
keep = 7
"#;
const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

fn situation(browser: &Browser) -> Situation {
    let simulator = Simulator::start(Tenant::new("contoso.com")).unwrap();
    let mut situation = Situation::of(simulator, e2e::now(), SINK, &["ics"]);
    situation.set_up(browser);
    situation
}

/// Begins a sink of a kind.
fn begin(situation: &Situation, browser: &Browser, kind: &str) {
    browser.open(&situation.at("/sinks")).unwrap();
    browser.click_text("Add a sink").unwrap();
    browser.click_text(&format!("Choose {kind}")).unwrap();
    browser.wait_for_text("h1", &format!("New sink: {kind}")).unwrap();
}

fn fill(browser: &Browser, fields: &[(&str, &str)]) {
    for (name, value) in fields {
        browser.fill(&format!("[name='{name}']"), value).unwrap();
    }
}

/// Tries the sink, and returns what the page says of it.
fn tried(browser: &Browser, verdict: &str) -> String {
    browser.click_text("Try").unwrap();
    browser.wait_for_part("#tried header", verdict).unwrap();
    browser.text("#tried").unwrap()
}

fn save(browser: &Browser, name: &str) {
    browser.click_text("Save").unwrap();
    browser
        .wait_for_part("[role=status]", &format!("{name} is saved and applied."))
        .unwrap();
}

fn no_barriers(found: &[String]) {
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_sink_is_set_up_with_feedback_and_its_file_is_only_written_when_it_is_saved() {
    let Some(browser) = Browser::start().unwrap() else {
        return;
    };
    let situation = situation(&browser);
    let before = situation.configuration();
    browser.open(&situation.at("/sinks/new")).unwrap();
    browser.wait_for_text("h1", "Add a sink").unwrap();
    no_barriers(&look(&browser, "sinks-kinds"));

    // Everything that is missing is named at once, and the first field has the focus.
    begin(&situation, &browser, "Webhook");
    no_barriers(&look(&browser, "sink-new"));
    browser.click_text("Save").unwrap();
    browser
        .wait_for_part("#details > .notice", "To save it, fix the 3 problems below.")
        .unwrap();
    assert_eq!(browser.evaluate("document.activeElement.name").unwrap(), "name");
    let problems = browser.text("[data-problems]").unwrap();
    for label in ["Name", "Address", "Signing secret"] {
        assert!(problems.contains(&format!("{label} is missing")), "{problems}");
    }
    no_barriers(&look(&browser, "sink-missing"));

    // A hostile name is refused where it stands, and a long one ends where a name has to.
    let long = "long".repeat(100);
    for (name, problems) in [(HOSTILE, "3 problems"), (&long, "2 problems")] {
        fill(&browser, &[("name", name), ("settings.url", HOSTILE)]);
        browser.click_text("Save").unwrap();
        browser
            .wait_for_part("#details > .notice", &format!("fix the {problems} below."))
            .unwrap();
        no_barriers(&look(&browser, "sink-hostile"));
        browser.open(&situation.at("/sinks")).unwrap();
        browser.wait_for_part("#drafts", "Unsaved drafts").unwrap();
        no_barriers(&look(&browser, "sinks-drafts"));
        assert_ne!(browser.evaluate("document.title").unwrap(), "owned");
        browser.click("ul a[href^='/sink-drafts/']").unwrap();
        browser.wait_for_text("h1", "New sink: Webhook").unwrap();
    }

    // It is tried against a server that is not there, and then against one that is.
    let receiver = Receiver::start().unwrap();
    fill(
        &browser,
        &[
            ("name", "hook"),
            ("settings.url", "http://127.0.0.1:9/changes"),
            ("settings.secret", SECRET),
        ],
    );
    let said = tried(&browser, "does not work");
    assert!(
        said.contains("cannot be reached") && said.contains("correct “Address”"),
        "{said}"
    );
    no_barriers(&look(&browser, "sink-tried"));
    fill(&browser, &[("settings.url", receiver.url())]);
    let said = tried(&browser, "works");
    assert!(said.contains("took a signed, empty list of changes"), "{said}");
    assert_eq!(receiver.changes().unwrap().len(), 0);
    assert_eq!(
        situation.configuration(),
        before,
        "nothing is configured before it is saved"
    );
    save(&browser, "hook");
    let after = situation.configuration();
    assert!(after.starts_with(&before), "{after}");
    assert!(
        after.contains("name = \"hook\"") && !after.contains(SECRET),
        "{after}"
    );
    assert!(!browser.text("body").unwrap().contains(SECRET));
    no_barriers(&look(&browser, "sinks"));

    // The form of a sink of the file changes only what was changed; the rest stays as it was written.
    browser
        .click("form[action='/sinks/by-hand/edit'] button")
        .unwrap();
    browser.wait_for_text("h1", "Edit by-hand").unwrap();
    no_barriers(&look(&browser, "sink-edit"));
    fill(&browser, &[("settings.path", "elsewhere.jsonl")]);
    let said = tried(&browser, "works");
    assert!(
        said.contains("elsewhere.jsonl does not exist yet, and can be created."),
        "{said}"
    );
    assert!(!situation.workplace.path().join("elsewhere.jsonl").exists());
    save(&browser, "by-hand");
    assert_eq!(
        situation.configuration(),
        after.replace("path = \"by-hand.jsonl\"", "path = \"elsewhere.jsonl\"")
    );

    // It is removed after a question.
    browser.click("a[href='/sinks/hook/delete']").unwrap();
    browser.wait_for_text("h1", "Remove hook?").unwrap();
    browser
        .wait_for_part("main", "No change waits for this sink")
        .unwrap();
    no_barriers(&look(&browser, "sink-remove"));
    browser.click("main button.danger").unwrap();
    browser
        .wait_for_part("[role=status]", "hook is removed.")
        .unwrap();
    assert!(!situation.configuration().contains("hook"));
    let audit = situation
        .workplace
        .run(&["audit", "--format", "jsonl"])
        .unwrap()
        .stdout;
    for deed in [
        r#""action":"sink-tried","subject":"hook","detail":"it works""#,
        r#""action":"sink-added","subject":"hook","detail":"webhook""#,
        r#""action":"sink-changed","subject":"by-hand","detail":"path""#,
        r#""action":"sink-removed","subject":"hook","detail":"no change waited for it""#,
    ] {
        assert!(audit.contains(deed), "{deed}: {audit}");
    }
    assert!(!audit.contains(SECRET));
    let secrets = situation.workplace.run(&["secrets", "list"]).unwrap().stdout;
    assert!(!secrets.contains("hook"), "{secrets}");
}

#[test]
fn servers_are_signed_in_to_and_left_as_they_were_when_a_sink_is_tried() {
    let Some(browser) = Browser::start().unwrap() else {
        return;
    };
    let situation = situation(&browser);

    let bus = NatsServer::start(&["-js", "--user", "collector", "--pass", "correct"]).unwrap();
    begin(&situation, &browser, "NATS JetStream");
    no_barriers(&look(&browser, "sink-nats"));
    // A password that is typed chooses how to sign in, and needs a user.
    fill(
        &browser,
        &[
            ("name", "bus"),
            ("settings.url", &bus.url()),
            ("settings.password", "wrong"),
        ],
    );
    browser.click_text("Try").unwrap();
    browser
        .wait_for_part("#details > .notice", "To try it, fix the problem below.")
        .unwrap();
    assert_eq!(
        browser.evaluate("document.activeElement.name").unwrap(),
        "settings.user"
    );
    assert_eq!(
        browser.value("[name='settings.login']").unwrap(),
        "user and password"
    );
    fill(&browser, &[("settings.user", "collector")]);
    let said = tried(&browser, "does not work");
    assert!(said.contains("it refused the collector's credentials"), "{said}");
    fill(&browser, &[("settings.password", "correct")]);
    let said = tried(&browser, "works");
    assert!(said.contains("The stream COLLECTOR does not exist yet"), "{said}");
    save(&browser, "bus");
    assert!(situation.configuration().contains("user = \"collector\""));

    let database = Database::new().unwrap();
    let url = format!("{}?sslmode=disable", database.url());
    begin(&situation, &browser, "PostgreSQL");
    fill(
        &browser,
        &[
            ("name", "warehouse"),
            ("settings.url", &url),
            ("settings.schema", "rooms"),
        ],
    );
    let said = tried(&browser, "does not work");
    assert!(said.contains("“Password”"), "{said}");
    fill(&browser, &[("settings.password", PostgresServer::PASSWORD)]);
    let said = tried(&browser, "works");
    assert!(
        said.contains("The schema \"rooms\" does not exist yet, and can be created."),
        "{said}"
    );
    let schemas = || {
        database
            .strings("SELECT nspname::text FROM pg_namespace WHERE nspname = 'rooms'")
            .unwrap()
    };
    assert_eq!(schemas(), Vec::<String>::new());
    save(&browser, "warehouse");
    browser
        .wait_for("the tables of the sink", |_| {
            (!schemas().is_empty()).then_some(())
        })
        .unwrap();

    browser.open(&situation.at("/sinks")).unwrap();
    browser
        .click("form[action='/sinks/warehouse/edit'] button")
        .unwrap();
    let said = tried(&browser, "works");
    assert!(said.contains("The schema \"rooms\" can be used."), "{said}");
}
