//! Whoever follows each link of the portal, as each role, comes to pages that everybody can use: axe-core finds nothing in either theme or on
//! a phone, hostile names do nothing, and no link leads to what the role may not open. The same holds right after the first account was made,
//! and in a company of 5,000 rooms.

use std::collections::{BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::time::Duration;

use chrono::Days;
use e2e::{Browser, Source};
use graph_sim::{Event, Mailbox, Refusal, Room, RoomList, Simulator, Tenant};

use crate::portal::situation::{ACCOUNT, HOSTILE, PASSWORD, Situation, look, picture};

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

/// Follows each link from the first page on to one page of each kind, as `kind` tells it of a path. The paths to which links lead, and what keeps
/// people from using the pages.
fn follow(
    situation: &Situation,
    browser: &Browser,
    kind: impl Fn(&str) -> String,
    look: impl Fn(&str) -> Vec<String>,
) -> (BTreeSet<String>, Vec<String>) {
    let mut found = Vec::new();
    let mut paths = BTreeSet::from(["/".to_owned()]);
    let mut kinds = BTreeSet::from([kind("/")]);
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
            if !is_file && path.starts_with('/') && kinds.insert(kind(path)) {
                paths.insert(path.to_owned());
                ahead.push_back(below.to_owned());
            }
        }
    }
    (paths, found)
}

/// What is wrong with the page as it is shown, told with who looks at it.
fn barriers(browser: &Browser, whose: &str) -> Vec<String> {
    let barriers = browser.barriers().unwrap().unwrap_or_default();
    barriers
        .into_iter()
        .map(|barrier| format!("{whose}: {barrier}"))
        .collect()
}

/// Signs in as somebody else.
fn sign_in_instead(situation: &Situation, browser: &Browser, account: &str) {
    browser.click("form[action='/logout'] button").unwrap();
    situation.sign_in_as(browser, account, PASSWORD);
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
    let (paths, mut found) = follow(&situation, &browser, str::to_owned, |path| {
        look(&browser, &name(path))
    });
    assert!(paths.len() > 25, "{paths:?}");
    for (account, role, most) in [("ana", "analyst", "/access"), ("vic", "viewer", "/insights/week")] {
        sign_in_instead(&situation, &browser, account);
        let (seen, hindered) = follow(&situation, &browser, str::to_owned, |path| {
            picture(&browser, &format!("{role}-{}", name(path)));
            barriers(&browser, &format!("{role} {path}"))
        });
        found.extend(hindered);
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

#[test]
fn everybody_can_use_each_page_of_a_fresh_installation() {
    let Some(browser) = Browser::start().unwrap() else {
        return;
    };
    let mut situation = Situation::new(Duration::ZERO);
    situation.set_up(&browser);
    for (account, role) in [("ana", "analyst"), ("vic", "viewer")] {
        add(&situation, &browser, account, role);
    }
    let mut found = Vec::new();
    for (account, least) in [(ACCOUNT, 20), ("ana", 10), ("vic", 8)] {
        sign_in_instead(&situation, &browser, account);
        let (seen, hindered) = follow(&situation, &browser, str::to_owned, |path| {
            barriers(&browser, &format!("{account} {path}"))
        });
        found.extend(hindered);
        assert!(seen.len() >= least, "{account}: {seen:?}");
    }
    assert_eq!(found, Vec::<String>::new());
}

const ROOMS: usize = 5_000;
/// The longest time that the document of a page may take, in milliseconds, in a program that is built for tests.
const PATIENCE: f64 = 10_000.0;

/// A company of fifty buildings. Each of its rooms has two meetings on each of the last two days.
fn company() -> Tenant {
    let day = |back: u64| (e2e::now() - Days::new(back)).format("%Y-%m-%d").to_string();
    let event = |subject: &str, day: &str, hours: (&str, &str)| {
        Event::new(
            subject,
            &format!("{day}T{}:00:00Z", hours.0),
            &format!("{day}T{}:00:00Z", hours.1),
        )
    };
    let mut tenant = (0..ROOMS).fold(Tenant::new("contoso.com"), |tenant, number| {
        let mut room = Room::new(&address(number), &format!("Room {number}"))
            .building(&format!("Building {}", number % 50 + 1))
            .capacity([2, 4, 8, 12, 20][number % 5]);
        for day in [day(1), day(2)] {
            room =
                room.event(event("Review", &day, ("09", "10")))
                    .event(event("Planning", &day, ("13", "14")));
        }
        tenant.room(room)
    });
    for floor in 0..20 {
        let rooms: Vec<String> = (0..ROOMS)
            .filter(|number| number % 20 == floor)
            .map(address)
            .collect();
        tenant = tenant.list(RoomList::new(
            &format!("floor-{floor}@contoso.com"),
            &format!("Floor {floor}"),
            rooms.iter().map(String::as_str),
        ));
    }
    tenant
}

fn address(number: usize) -> String {
    format!("room-{number}@contoso.com")
}

/// What sensors tell of every fifth room: somebody is there in the morning of yesterday, and nobody afterwards.
fn records() -> String {
    let day = (e2e::now() - Days::new(1)).format("%Y-%m-%d");
    let mut lines = String::new();
    for number in (0..ROOMS).step_by(5) {
        let space = address(number);
        for (start, end, count) in [("07", "09", 0), ("09", "10", number % 7 + 1), ("10", "17", 0)] {
            let _ = writeln!(
                lines,
                r#"{{"type":"usage","source":"sensors","space":"{space}","device":null,"key":"{start} {number}","revision":1,"withdrawn":false,"kind":"people-count","form":"interval","start":"{day}T{start}:00:00Z","end":"{day}T{end}:00:00Z","value":{count},"resolution":null}}"#
            );
        }
    }
    lines
}

/// How long the document of the page took, in milliseconds.
fn took(browser: &Browser) -> f64 {
    let took = browser
        .evaluate("performance.getEntriesByType('navigation')[0].responseEnd")
        .unwrap();
    took.as_f64().unwrap().round()
}

/// The kind of page of a path: what is not made of words alone names a room, a draft, a month.
fn kind(path: &str) -> String {
    let segments = path.split('/').map(|segment| {
        let is_words = segment
            .chars()
            .all(|letter| letter.is_ascii_lowercase() || letter == '-');
        if is_words { segment } else { "*" }
    });
    segments.collect::<Vec<_>>().join("/")
}

#[test]
#[ignore = "collects 5,000 rooms, which takes minutes: make conformance"]
fn everybody_can_use_one_page_of_each_kind_in_a_company_of_5000_rooms() {
    let Some(browser) = Browser::start().unwrap() else {
        return;
    };
    let simulator = Simulator::start(company()).unwrap();
    let source = Source::contoso(&simulator)
        .line("every = \"1d\"")
        .line("window = { back = \"10d\", ahead = \"1d\" }");
    let mut situation = Situation::of(simulator, e2e::now(), &format!("{source}{REST}"), &["o365"]);
    let is_collected = (0..10).any(|_| situation.service.wait_for_passes("contoso", 1).is_ok());
    assert!(is_collected);
    let imported = situation
        .workplace
        .run_with_input(&["usage", "import", "--source", "sensors", "-"], &records())
        .unwrap();
    assert_eq!(imported.code, 0, "{}", imported.stderr);
    situation.set_up(&browser);
    for (account, role) in [("ana", "analyst"), ("vic", "viewer")] {
        add(&situation, &browser, account, role);
    }
    browser.open(&situation.at("/infrastructure/new")).unwrap();
    browser.click_text("Choose Microsoft Office 365").unwrap();
    browser.wait_for_text("h2", "Office 365 host details").unwrap();
    // Whoever asks first has all figures computed. If that takes too long, the page says so, and gets further the next time.
    browser
        .wait_for("the first figures", |browser| {
            browser.open(&situation.at("/")).ok()?;
            browser.exists(".tiles").ok()?.then_some(())
        })
        .unwrap();
    println!("first figures: {} ms", took(&browser));
    let mut found = Vec::new();
    for (account, least) in [(ACCOUNT, 25), ("ana", 12), ("vic", 9)] {
        sign_in_instead(&situation, &browser, account);
        let (seen, hindered) = follow(&situation, &browser, kind, |path| {
            let took = took(&browser);
            println!("{account} {path}: {took} ms");
            let mut found = barriers(&browser, &format!("{account} {path}"));
            if took > PATIENCE {
                found.push(format!("{account} {path}: its document took {took} ms"));
            }
            found
        });
        found.extend(hindered);
        assert!(seen.len() >= least, "{account}: {seen:?}");
    }
    assert_eq!(found, Vec::<String>::new());
}
