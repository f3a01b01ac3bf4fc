//! A tenant whose application waits for consent, a service with nothing configured, and whoever sets it up.

use std::path::PathBuf;
use std::time::Duration;

use e2e::{Browser, Service, Workplace, screenshots};
use graph_sim::{Account, App, Event, Group, GroupKind, Mailbox, Refusal, Room, RoomList, Simulator, Tenant};

pub(crate) const ACCOUNT: &str = "ada";
pub(crate) const PASSWORD: &str = "correct horse battery";
/// A name that does harm where it is not escaped.
pub(crate) const HOSTILE: &str =
    "<script>document.title='owned'</script><img src=x onerror=document.title='owned'>";

/// No source, and free ports.
const CONFIGURATION: &str = r#"# Kept by hand: what stands here stays.
[service]
listen = "127.0.0.1:0"
grace = "5s"

[portal]
listen = "127.0.0.1:0"
"#;

pub(crate) struct Situation {
    pub(crate) simulator: Simulator,
    pub(crate) workplace: Workplace,
    pub(crate) service: Service,
    /// The portal, without a slash at its end.
    pub(crate) portal: String,
    /// The day, in UTC, on which the first meeting begins: `2026-03-10`.
    pub(crate) day: String,
}

impl Situation {
    /// Consent takes so long to reach every server, on the simulator's clock.
    pub(crate) fn new(replication: Duration) -> Self {
        let start = e2e::now() + chrono::Duration::hours(2);
        let simulator = Simulator::start(tenant(start).replication(replication)).unwrap();
        Self::of(simulator, start, "", &["o365", "ics"])
    }

    /// The service with these sources and connectors. `start` is the day that the test is about.
    pub(crate) fn of(
        simulator: Simulator,
        start: chrono::DateTime<chrono::Utc>,
        sources: &str,
        connectors: &[&str],
    ) -> Self {
        let workplace = Workplace::new(&format!("{CONFIGURATION}{sources}"), connectors).unwrap();
        let mut service = Service::start(&workplace).unwrap();
        let portal = address(&mut service);
        Self {
            simulator,
            workplace,
            service,
            portal,
            day: start.format("%Y-%m-%d").to_string(),
        }
    }

    /// Ends the service and starts it again, on another port.
    pub(crate) fn restart(&mut self) {
        self.service.signal("TERM").unwrap();
        assert!(self.service.ended().unwrap().0.success());
        self.service = Service::start(&self.workplace).unwrap();
        self.portal = address(&mut self.service);
    }

    /// The token that the service printed for the first account.
    pub(crate) fn setup_token(&mut self) -> String {
        self.service
            .wait_for("the token of the first run", |service| {
                let said = service.said();
                let (_, after) = said.split_once("Create the first one at")?;
                let token = after
                    .lines()
                    .map(str::trim)
                    .find(|line| line.len() > 40 && !line.contains(' '))?;
                Some(token.to_owned())
            })
            .unwrap()
    }

    pub(crate) fn configuration(&self) -> String {
        std::fs::read_to_string(self.workplace.path().join("collector.toml")).unwrap()
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.portal)
    }

    /// Makes the first account and is signed in.
    pub(crate) fn set_up(&mut self, browser: &Browser) {
        let token = self.setup_token();
        browser.open(&self.at("/setup")).unwrap();
        browser.wait_for_text("h1", "Create the first account").unwrap();
        picture(browser, "setup");
        browser.fill("[name=token]", &token).unwrap();
        browser.fill("[name=account]", ACCOUNT).unwrap();
        browser.fill("[name=new]", PASSWORD).unwrap();
        browser.fill("[name=again]", PASSWORD).unwrap();
        browser.click("main button[type=submit]").unwrap();
        browser.wait_for_text("h1", "Infrastructure").unwrap();
    }

    /// Replaces the account's password on the command line.
    pub(crate) fn new_password(&self, password: &str) {
        let changed = self
            .workplace
            .run_with_input(&["accounts", "password", ACCOUNT], password)
            .unwrap();
        assert_eq!(changed.code, 0, "{}", changed.stderr);
    }

    pub(crate) fn sign_in(&self, browser: &Browser) {
        self.sign_in_with(browser, PASSWORD);
    }

    pub(crate) fn sign_in_with(&self, browser: &Browser, password: &str) {
        self.sign_in_as(browser, ACCOUNT, password);
    }

    pub(crate) fn sign_in_as(&self, browser: &Browser, account: &str, password: &str) {
        browser.open(&self.at("/login")).unwrap();
        picture(browser, "login");
        browser.fill("[name=account]", account).unwrap();
        browser.fill("[name=password]", password).unwrap();
        browser.click("main button[type=submit]").unwrap();
        browser.wait_for_text("h1", "Overview").unwrap();
    }

    /// Begins a source of Office 365 and fills in its details; the draft's page is shown.
    pub(crate) fn fill_in(&self, browser: &Browser, lists: &str) {
        browser.open(&self.at("/infrastructure/new")).unwrap();
        picture(browser, "connectors-to-choose");
        browser.click_text("Choose Microsoft Office 365").unwrap();
        browser.wait_for_text("h2", "Office 365 host details").unwrap();
        browser.fill("[name=name]", "contoso").unwrap();
        browser.fill("[name='settings.tenant']", "contoso.com").unwrap();
        browser
            .fill("[name='settings.user-agent']", "rooms@contoso.com")
            .unwrap();
        browser.fill("[name='settings.room-lists']", lists).unwrap();
        browser.fill("[name=client-id]", graph_sim::CLIENT_ID).unwrap();
        browser
            .fill("[name=client-secret]", graph_sim::CLIENT_SECRET)
            .unwrap();
        for name in ["settings.graph-url", "grants"] {
            unfold(browser, name);
        }
        browser
            .fill("[name='settings.graph-url']", &self.simulator.graph_url())
            .unwrap();
        browser
            .fill("[name='settings.login-url']", self.simulator.url())
            .unwrap();
        browser.fill("[name=grants]", self.simulator.url()).unwrap();
        unfold(browser, "every");
        browser.fill("[name=every]", "200ms").unwrap();
    }

    /// Saves the details, which have no problem; the next step is in view, and says so.
    pub(crate) fn save_details(&self, browser: &Browser) {
        browser.click_text("Save details").unwrap();
        browser
            .wait_for_part(".step > .notice", "Details saved.")
            .unwrap();
        assert!(browser.exists("#validate button:enabled").unwrap());
        assert!(browser.text("#save-state").unwrap().contains("Not validated yet"));
    }

    /// From the draft's page over the consent page and back.
    pub(crate) fn authorize(&self, browser: &Browser, account: &str, decision: &str) {
        show_authorization(browser);
        browser.click_text("Click to authorize").unwrap();
        browser.wait_for_text("h1", "Pick an account").unwrap();
        browser
            .click(&format!("button[name=account][value='{account}']"))
            .unwrap();
        browser.wait_for_text("h1", "Permissions requested").unwrap();
        picture(browser, "microsoft-consent");
        browser
            .click(&format!("button[name=decision][value={decision}]"))
            .unwrap();
        browser
            .wait_for("the way back", |browser| {
                browser.url().ok()?.starts_with(&self.portal).then_some(())
            })
            .unwrap();
    }
}

/// Unfolds the section about authorization.
pub(crate) fn show_authorization(browser: &Browser) {
    if !browser
        .exists("#authorization[open], #authorization details[open]")
        .unwrap()
    {
        browser.click("#authorization summary").unwrap();
    }
}

/// Unfolds the part of the form that has a field.
pub(crate) fn unfold(browser: &Browser, field: &str) {
    let folded = format!("details:not([open]):has([name='{field}']) > summary");
    if browser.exists(&folded).unwrap() {
        browser.click(&folded).unwrap();
    }
}

/// A screenshot for people, and no complaint of the browser.
pub(crate) fn picture(browser: &Browser, name: &str) {
    let path: PathBuf = screenshots().join(format!("portal-{name}.png"));
    browser.screenshot(path).unwrap();
    assert_eq!(browser.script_errors().unwrap(), Vec::<String>::new(), "{name}");
}

/// Looks at the page in both themes, on a screen and on a phone. What keeps people from using it, if anything.
pub(crate) fn look(browser: &Browser, name: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (suffix, dark, width) in [("", false, 1280), ("-dark", true, 1280), ("-phone", false, 390)] {
        browser.dark(dark).unwrap();
        browser.size(width, 900).unwrap();
        picture(browser, &format!("{name}{suffix}"));
        let barriers = browser.barriers().unwrap().unwrap_or_default();
        found.extend(
            barriers
                .iter()
                .map(|barrier| format!("{name}{suffix}: {barrier}")),
        );
    }
    browser.dark(false).unwrap();
    browser.size(1280, 900).unwrap();
    let errors = browser.script_errors().unwrap();
    found.extend(errors.iter().map(|error| format!("{name}: {error}")));
    found
}

fn address(service: &mut Service) -> String {
    let line = service.wait_for_line("the Admin Portal is at ").unwrap();
    let (_, address) = line.split_once("the Admin Portal is at ").unwrap();
    address.trim().trim_end_matches('/').to_owned()
}

fn tenant(start: chrono::DateTime<chrono::Utc>) -> Tenant {
    let at = |minutes: i64| {
        (start + chrono::Duration::minutes(minutes))
            .format("%Y-%m-%dT%H:%M:00Z")
            .to_string()
    };
    let rooms = ["conf-a@contoso.com", "conf-b@contoso.com", "conf-c@contoso.com"];
    Tenant::new("contoso.com")
        .app(
            App::default()
                .registered_only()
                .redirect("http://localhost/authorized"),
        )
        .account(Account::new("admin@contoso.com", "Ada").global_administrator())
        .account(Account::new("bob@contoso.com", "Bob"))
        .account(Account::new("eve@fabrikam.com", "Eve").global_administrator())
        .room(
            Room::new("conf-a@contoso.com", "Conf A")
                .building("Headquarters")
                .event(Event::new("Quarterly review", &at(0), &at(60)))
                .event(Event::new("Salaries", &at(60), &at(90)).private()),
        )
        .room(
            Room::new("conf-b@contoso.com", HOSTILE)
                .building("Headquarters")
                .event(Event::new(HOSTILE, &at(30), &at(60))),
        )
        .room(
            Room::new("conf-c@contoso.com", "Conf C")
                .building("Annex")
                .mailbox(Mailbox::Refused(Refusal::AccessPolicy)),
        )
        .list(RoomList::new("hq-rooms@contoso.com", "Headquarters", rooms))
        .list(RoomList::new("empty-rooms@contoso.com", "Empty", []))
        .group(Group::new(
            GroupKind::DistributionList,
            "everyone@contoso.com",
            "Everyone",
        ))
        .group(Group::new(GroupKind::Microsoft365, "team@contoso.com", "Team"))
}
