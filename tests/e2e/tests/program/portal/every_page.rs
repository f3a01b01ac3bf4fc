//! Whoever follows each link of the portal, as each role, comes to pages that everybody can use: axe-core finds nothing in either theme or on
//! a phone, hostile names do nothing, and no link leads to what the role may not open.

use std::collections::{BTreeSet, VecDeque};

use e2e::{Browser, Source};
use graph_sim::{Event, Mailbox, Refusal, Room, Simulator, Tenant};

use crate::portal::situation::{HOSTILE, PASSWORD, Situation, look, picture};

const REST: &str = r#"
[[source]]
name = "sensors"
receive = { token = { env = "O365_CLIENT_SECRET" } }

[[sink]]
name = "archive"
type = "jsonl"
path = "meetings.jsonl"

[insights]
time-zone = "Europe/Berlin"
"#;

/// A source with a room that is collected, one with a hostile name and one that is refused; a space that belongs to the first, and one that
/// belongs to none; a sink; a draft; an account of each role.
fn furnished(browser: &Browser) -> Situation {
    let today = e2e::now().format("%Y-%m-%d");
    let event = |subject: &str| {
        Event::new(
            subject,
            &format!("{today}T09:00:00Z"),
            &format!("{today}T10:00:00Z"),
        )
    };
    let tenant = Tenant::new("contoso.com")
        .room(
            Room::new("conf-a@contoso.com", "Conf A")
                .building("HQ")
                .event(event("Review")),
        )
        .room(
            Room::new("conf-b@contoso.com", HOSTILE)
                .building(HOSTILE)
                .event(event(HOSTILE)),
        )
        .room(Room::new("conf-c@contoso.com", "Conf C").mailbox(Mailbox::Refused(Refusal::AccessPolicy)));
    let simulator = Simulator::start(tenant).unwrap();
    let sources = format!("{}{REST}", Source::contoso(&simulator));
    let mut situation = Situation::of(simulator, e2e::now(), &sources, &["o365", "ics", "webex"]);
    situation.service.wait_for_passes("contoso", 1).unwrap();
    let records: String = ["conf-a@contoso.com", "hall <script>"]
        .map(|space| {
            format!(
                r#"{{"type":"usage","source":"sensors","space":"{space}","device":null,"key":"k","revision":1,"withdrawn":false,"kind":"people-count","form":"interval","start":"{today}T09:00:00Z","end":"{today}T10:00:00Z","value":3,"resolution":null}}"#
            ) + "\n"
        })
        .concat();
    let imported = situation
        .workplace
        .run_with_input(&["usage", "import", "--source", "sensors", "-"], &records)
        .unwrap();
    assert_eq!(imported.code, 0, "{}", imported.stderr);
    situation.set_up(browser);
    for (account, role) in [("ana", "analyst"), ("vic", "viewer")] {
        add(&situation, browser, account, role);
    }
    browser.open(&situation.at("/infrastructure/new")).unwrap();
    browser.click_text("Choose Microsoft Office 365").unwrap();
    browser.wait_for_text("h2", "Office 365 host details").unwrap();
    situation
}

fn add(situation: &Situation, browser: &Browser, account: &str, role: &str) {
    let field = |name: &str| format!("form[action='/account/add'] [name={name}]");
    browser.open(&situation.at("/account")).unwrap();
    browser
        .click("details:has(form[action='/account/add']) > summary")
        .unwrap();
    browser.fill(&field("account"), account).unwrap();
    browser.choose(&field("role"), role).unwrap();
    browser.fill(&field("new"), PASSWORD).unwrap();
    browser.fill(&field("again"), PASSWORD).unwrap();
    browser.click_text("Add account").unwrap();
    browser
        .wait_for_part("[role=status]", &format!("Account {account} created."))
        .unwrap();
}

/// Follows each link from the first page on. The paths to which links lead, and what keeps people from using the pages.
fn follow(
    situation: &Situation,
    browser: &Browser,
    look: impl Fn(&str) -> Vec<String>,
) -> (BTreeSet<String>, Vec<String>) {
    let mut found = Vec::new();
    let mut paths = BTreeSet::from(["/".to_owned()]);
    let mut ahead = VecDeque::from(["/".to_owned()]);
    while let Some(address) = ahead.pop_front() {
        browser.open(&situation.at(&address)).unwrap();
        let path = address.split(['?', '#']).next().unwrap_or_default();
        let status = browser
            .evaluate("performance.getEntriesByType('navigation')[0].responseStatus")
            .unwrap();
        if status != 200 {
            found.push(format!("{path}: {status}"));
        }
        found.extend(look(path));
        for link in browser.links("a[href]").unwrap() {
            let Some(below) = link.strip_prefix(&situation.portal) else {
                continue;
            };
            // The same page with another question is not another page, and a file is none.
            let path = below.split(['?', '#']).next().unwrap_or_default();
            let is_file = [".csv", ".json", ".parquet", ".txt"]
                .iter()
                .any(|ending| path.ends_with(ending));
            if !is_file && path.starts_with('/') && paths.insert(path.to_owned()) {
                ahead.push_back(below.to_owned());
            }
        }
    }
    (paths, found)
}

#[test]
fn everybody_can_use_each_page_to_which_a_link_leads() {
    let Some(browser) = Browser::start().unwrap() else {
        return;
    };
    let situation = furnished(&browser);
    let name = |path: &str| {
        format!(
            "every{}",
            path.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-")
        )
    };
    let (paths, mut found) = follow(&situation, &browser, |path| look(&browser, &name(path)));
    assert!(paths.len() > 25, "{paths:?}");
    for (account, role, most) in [("ana", "analyst", "/access"), ("vic", "viewer", "/insights/week")] {
        browser.click("form[action='/logout'] button").unwrap();
        situation.sign_in_as(&browser, account, PASSWORD);
        let (seen, barriers) = follow(&situation, &browser, |path| {
            picture(&browser, &format!("{role}-{}", name(path)));
            let barriers = browser.barriers().unwrap().unwrap_or_default();
            barriers
                .into_iter()
                .map(|barrier| format!("{role} {path}: {barrier}"))
                .collect()
        });
        found.extend(barriers);
        assert!(seen.contains(most), "{role}: {seen:?}");
        assert!(
            !seen
                .iter()
                .any(|path| path.starts_with("/infrastructure") || path.starts_with("/sources")),
            "{role}: {seen:?}"
        );
    }
    assert_eq!(found, Vec::<String>::new());
}
