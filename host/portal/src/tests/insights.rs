//! Tests of the pages about figures: what somebody finds there, computed from what is known.

use collector_insights::closed::{ClosedMonth, FigureChange};
use collector_store::WeeklyPost;
use serde_json::{Value, json};

use super::fake::account_as;
use super::workplace::Workplace;
use super::{Browser, PAGES, furnished};
use crate::api::{FiguresError, Posting, Role};
use crate::pages::elements::tests::HOSTILE;

const WEEK: &str = "from=2026-03-09&last=2026-03-15";

async fn week(browser: &mut Browser, path: &str) -> String {
    let page = browser.get(&format!("{path}?{WEEK}")).await;
    page.is(200);
    page.body
}

#[tokio::test]
async fn each_figure_says_how_much_of_it_is_known_and_leads_to_its_definition() {
    let mut browser = furnished().await;
    let page = week(&mut browser, "/").await;
    assert!(page.contains("<a class=\"defined\" href=\"/definitions#used_rate\""));
    // One of three rooms was observed, for ten of the hundred hours that were read.
    assert!(
        page.contains("known for 10 % of the time, 1 of 3 rooms"),
        "{page}"
    );
    assert!(page.contains(
        "about the use of 2 of 3 rooms in this period: no device reported, or no calendar was read."
    ));
    assert!(page.contains("dates and hours of UTC. Nobody chose a time zone"));
}

#[tokio::test]
async fn pages_lead_nobody_to_what_the_role_may_not_open() {
    let mut ada = furnished().await;
    for (name, role) in [("grace", Role::Analyst), ("eve", Role::Viewer)] {
        ada.fake.world().accounts.push(account_as(name, role));
    }
    let (mut grace, mut eve) = (ada.other(), ada.other());
    grace.sign_in_as("grace").await;
    eve.sign_in_as("eve").await;
    let paths = PAGES
        .iter()
        .filter(|path| **path == "/" || path.starts_with("/insights"));
    for path in paths {
        let (admins, analysts, viewers) = (
            ada.get(path).await.body,
            grace.get(path).await.body,
            eve.get(path).await.body,
        );
        let main = |page: &str| page.split_once("<main").unwrap().1.to_owned();
        for settings in [
            "/spaces\"",
            "/spaces?",
            "/infrastructure",
            "/sources/",
            "/sinks",
            "/connectors",
        ] {
            let link = format!("href=\"{settings}");
            for page in [&analysts, &viewers] {
                assert!(!main(page).contains(&link), "{path} {link}");
            }
        }
        assert!(
            !main(&viewers).contains("href=\"/access") && !main(&viewers).contains("Subjects"),
            "{path}"
        );
        assert!(main(&admins).contains("<h1>"), "{path}");
    }
    let page = ada.get("/insights/trust").await;
    page.holds("href=\"/spaces");
    grace.get("/insights/reports").await.holds("href=\"/access\"");
}

#[tokio::test]
async fn a_room_without_a_device_has_a_dash_and_its_reason_and_is_never_empty() {
    let mut browser = furnished().await;
    let page = week(&mut browser, "/insights/spaces").await;
    let row = |address: &str| {
        let at = page
            .find(&format!("/insights/spaces/contoso/{address}?"))
            .unwrap();
        page[at..].split("</tr>").next().unwrap()
    };
    let (observed, blind, unread) = (
        row("a%40contoso.com"),
        row("b%40contoso.com"),
        row("c%40contoso.com"),
    );
    assert!(observed.contains("10 %"), "{observed}");
    assert!(
        blind.contains("no device") && !blind.contains("Used\">0 %"),
        "{blind}"
    );
    assert!(unread.contains("not read") && !unread.contains("0 %"), "{unread}");
}

/// A week of which no calendar was read.
const NEVER_READ: &str = "from=2026-01-05&last=2026-01-11";

#[tokio::test]
async fn of_a_week_that_was_never_read_each_page_says_so_and_nothing_is_zero() {
    let mut browser = furnished().await;
    for path in [
        "/",
        "/insights/no-shows",
        "/insights/spaces",
        "/insights/zombies",
        "/insights/demand",
        "/insights/trust",
        "/insights/reports",
        "/insights/week?week=2026-01-05",
    ] {
        let joint = if path.contains('?') { '&' } else { '?' };
        let page = browser.get(&format!("{path}{joint}{NEVER_READ}")).await;
        page.is(200);
        let (_, main) = page.body.split_once("<main").unwrap();
        assert!(
            [
                "no calendar was read",
                "No calendar was read",
                "calendar was not read"
            ]
            .iter()
            .any(|words| main.contains(words)),
            "{path}: {main}"
        );
        for wrong in [
            ">0<",
            ">0 %<",
            ">0 min<",
            ">0 h<",
            "silent",
            "no device reported",
            "No such series",
            "data-chart",
        ] {
            assert!(!main.contains(wrong), "{path}: {wrong}: {main}");
        }
    }
    let room = browser
        .get(&format!("/insights/spaces/contoso/a%40contoso.com?{NEVER_READ}"))
        .await;
    room.is(200);
    room.holds("The calendar was not read for these days");
    room.holds("in open hours: calendar not read for 10 h, use unknown for 10 h");
    assert!(!room.body.contains("0 min"), "{}", room.body);
}

#[tokio::test]
async fn a_booking_that_nothing_told_about_has_no_occupied_time_and_its_verdict_says_why() {
    let mut browser = furnished().await;
    let page = week(&mut browser, "/insights/spaces/contoso/b%40contoso.com").await;
    let (_, row) = page.split_once("09:00–10:00</th>").unwrap();
    let row = row.split("</tr>").next().unwrap();
    for part in [
        "not known",
        "nothing of 1 h",
        "no device is joined to this room",
        "no source told anything",
    ] {
        assert!(row.contains(part), "{part}: {row}");
    }
    assert!(!row.contains("0 min"), "{row}");
    assert!(
        page.contains("in open hours: booked 1 h, use unknown for 10 h"),
        "{page}"
    );
}

#[tokio::test]
async fn figures_at_a_glance_say_how_much_of_each_is_known() {
    let mut browser = furnished().await;
    let page = week(&mut browser, "/").await;
    assert!(
        page.contains("of the booked time that was observed: 67 % of 3 h"),
        "{page}"
    );
    assert!(page.contains("in all; known for 10 % of the time"), "{page}");
    let page = week(&mut browser, "/insights/no-shows").await;
    assert!(
        page.contains("Use is <strong>known for 10 % of the time, 1 of 3 rooms"),
        "{page}"
    );
    assert!(
        page.contains("open time inside no-shows, of 2 judged, 1 unknown"),
        "{page}"
    );
}

#[tokio::test]
async fn a_no_show_is_explained_by_its_evidence() {
    let mut browser = furnished().await;
    let page = week(&mut browser, "/insights/spaces/contoso/a%40contoso.com").await;
    let (_, row) = page.split_once("11:00–12:00</th>").unwrap();
    let row = row.split("</tr>").next().unwrap();
    assert!(
        row.contains("no-show")
            && row.contains("/definitions#verdict-no-show")
            && row.contains("<strong>vacant</strong> by people-count of <bdi>sensors</bdi>"),
        "{row}"
    );
    // What is drawn leads to the row.
    let (link, _) = page
        .split_once("\" tabindex=\"-1\"><rect class=\"booking no-show\"")
        .unwrap();
    let anchor = link.rsplit("href=\"#").next().unwrap();
    assert!(page.contains(&format!("<tr id=\"{anchor}\">")), "{anchor}");
    browser
        .get("/insights/spaces/contoso/nobody%40contoso.com")
        .await
        .is(404);
}

#[tokio::test]
async fn filters_stay_in_the_address_of_every_link() {
    let mut browser = furnished().await;
    let page = browser
        .get(&format!(
            "/insights/spaces?{WEEK}&building=HQ&seats=5-8&sort=used"
        ))
        .await
        .body;
    assert!(page.contains("1 room of 3"), "{page}");
    assert!(
        page.contains("?from=2026-03-09&amp;last=2026-03-15&amp;building=HQ&amp;seats=5-8&amp;sort=-used"),
        "{page}"
    );
    // Where there are no heads of a table, a list sorts.
    assert!(
        page.contains("<option value=\"used\" selected>Used</option>"),
        "{page}"
    );
    let reversed = browser.get("/insights/spaces?sort=-used").await;
    reversed.holds("<option value=\"-used\" selected>Used, the other way round</option>");
    let none = browser.get("/insights/spaces?building=Elsewhere").await;
    none.is(200);
    none.holds("No rooms match these filters");
}

#[tokio::test]
async fn an_address_of_nonsense_shows_the_usual_period() {
    let mut browser = furnished().await;
    for query in [
        "from=x&last=y",
        "page=-3&sort=%00",
        "from=9999-12-31&last=9999-12-31",
        "week=0000-01-01",
    ] {
        for path in [
            "/insights/spaces",
            "/insights/spaces/contoso/a%40contoso.com",
            "/insights/trust",
            "/insights/reports",
            "/",
        ] {
            browser.get(&format!("{path}?{query}")).await.is(200);
        }
    }
}

#[tokio::test]
async fn what_nobody_can_judge_is_a_repair_with_its_cause() {
    let mut browser = furnished().await;
    let page = week(&mut browser, "/insights/trust").await;
    let (filter, repairs) = page.split_once("What to repair first").unwrap();
    // How many people a room seats says nothing about its device, unless another page has chosen it.
    assert!(!filter.contains("name=\"seats\""), "{filter}");
    browser
        .get("/insights/trust?seats=5-8")
        .await
        .holds("<option value=\"5-8\" selected>");
    let first = repairs.split("<tr>").nth(2).unwrap();
    assert!(first.contains("No device is joined to this room."), "{first}");
}

#[tokio::test]
async fn names_from_outside_are_text_on_every_page() {
    let mut browser = furnished().await;
    for path in [
        "/insights/spaces",
        "/insights/trust",
        "/insights/reports",
        "/insights/spaces/contoso/b%40contoso.com",
    ] {
        let page = browser.get(&format!("{path}?{WEEK}&by=room")).await.body;
        assert!(page.contains("&lt;script&gt;alert(1)"), "{path}");
        assert!(!page.contains("<script>alert"), "{path}");
        assert!(!page.contains(" style="), "{path}: the policy forbids it");
    }
    assert!(HOSTILE.contains("<script>"));
}

#[tokio::test]
async fn without_rooms_each_page_says_what_to_do() {
    let mut browser = furnished().await;
    browser.fake.world().known = None;
    for path in [
        "no-shows", "spaces", "zombies", "demand", "trust", "reports", "week",
    ] {
        let page = browser.get(&format!("/insights/{path}")).await;
        page.is(200);
        page.holds("No rooms yet");
    }
}

#[tokio::test]
async fn figures_that_take_too_long_fail_their_page_and_not_the_first_one() {
    let mut browser = furnished().await;
    browser.fake.world().no_figures = Some(FiguresError::Slow {
        done: 3,
        all: 10,
        seconds: 10,
    });
    let page = browser.get("/insights/spaces").await;
    page.is(503);
    page.holds("3 of 10 rooms were computed in 10 seconds. Choose fewer days");
    browser.get("/").await.is(200);
}

#[tokio::test]
async fn a_file_that_would_be_about_something_else_is_refused() {
    let mut browser = furnished().await;
    for (query, status) in [
        ("from=x", 400),
        ("from=2026-03-15&last=2026-03-09", 400),
        ("seats=some", 400),
        ("by=colour", 400),
        ("building=nowhere", 404),
    ] {
        for form in ["csv", "json", "parquet"] {
            let address = format!("/insights/report.{form}?{query}");
            browser.get(&address).await.is(status);
        }
    }
}

/// A closed month of which a building, a figure of it and one of all rooms changed.
fn closed() -> ClosedMonth {
    let change = |building: Option<&str>, figure: &str, then: Value, now: Value| FigureChange {
        building: building.map(Into::into),
        figure: figure.into(),
        then,
        now,
    };
    let mut changes = vec![
        change(None, "cells.booked_vacant", json!(3_600), json!(7_200)),
        change(None, "used_rate.value", json!(0.3), json!(0.31)),
        change(Some(HOSTILE), "key", json!(null), json!(HOSTILE)),
        change(Some(HOSTILE), "rooms", json!(null), json!(4)),
    ];
    for number in 1..=25 {
        let building = format!("Building {number}");
        changes.push(change(Some(&building), "coverage", json!(0.5), json!(0.75)));
        changes.push(change(Some(&building), "lead_time", json!(60), json!(90)));
    }
    ClosedMonth {
        month: "2026-02".into(),
        closed_at: 1_772_755_200,
        report: json!({"total": {"key": "all", "rooms": 9}, "groups": [{"key": "HQ", "rooms": 4, "used_rate": {"value": 0.3}}]}),
        changes,
    }
}

#[tokio::test]
async fn what_changed_after_a_month_was_closed_is_told_in_words_and_not_without_end() {
    let mut browser = furnished().await;
    browser.fake.world().closed = vec![closed()];
    let reports = browser.get("/insights/reports").await;
    reports.holds("href=\"/insights/months/2026-02\">February 2026</a>");
    reports.holds("2026-03-06 00:00");
    let page = browser.get("/insights/months/2026-02").await;
    page.is(200);
    for part in [
        "All rooms</th>",
        "53 figures of 26 buildings and of all rooms would be different today",
        "/definitions#used_rate",
        ">Used</a>",
        "+1.00 points",
        ">Booked and vacant</a>",
        "+1 h",
        "50.00 % → 75.00 %",
        "was not there when the month was closed",
        "And 6 more buildings: the files have all.",
    ] {
        page.holds(part);
    }
    // What is looked at most comes first, and nothing is named as programs name it.
    let at = |part: &str| page.body.find(part).unwrap();
    assert!(at(">Used</a>") < at(">Booked and vacant</a>"));
    assert!(!page.body.contains("cells.") && !page.body.contains("<script>alert"));
    for (path, form, content) in [
        ("changes.csv", "csv", "Csv of 2026-02"),
        ("month.json", "json", "Json of 2026-02"),
    ] {
        page.holds(&format!("href=\"/insights/months/2026-02/{path}\""));
        let file = browser.get(&format!("/insights/months/2026-02/{path}")).await;
        assert_eq!(file.body, content);
        let name = format!("attachment; filename=\"closed-2026-02.{form}\"");
        assert_eq!(file.header("content-disposition"), name);
        browser
            .get(&format!("/insights/months/2026-03/{path}"))
            .await
            .is(404);
    }
}

#[tokio::test]
async fn lead_times_and_lengths_are_files_too() {
    let mut browser = furnished().await;
    for (path, words) in [("no-shows", "lead time"), ("reports", "length of the booking")] {
        let page = week(&mut browser, &format!("/insights/{path}")).await;
        for form in ["csv", "json", "parquet"] {
            let by = words.split(" of").next().unwrap().replace(' ', "-");
            let address = format!("/insights/report.{form}?{WEEK}&by={by}");
            let link = format!("href=\"{}\"", address.replace('&', "&amp;"));
            assert!(page.contains(&link), "{link}: {page}");
            browser.get(&address).await.is(200);
        }
    }
}

#[tokio::test]
async fn seats_that_nobody_knows_are_not_none() {
    let mut browser = furnished().await;
    for path in ["no-shows", "demand", "spaces"] {
        let page = week(&mut browser, &format!("/insights/{path}")).await;
        assert!(page.contains("not known"), "{path}");
        for cell in [">none<", "Seats\">0<"] {
            assert!(!page.contains(cell), "{path}: {cell}");
        }
    }
    // Whether something fits there, nobody knows either.
    let page = week(&mut browser, "/insights/demand").await;
    let (_, row) = page.split_once("<th scope=\"row\">not known</th>").unwrap();
    assert!(
        row.split("</tr>").next().unwrap().contains("seats not known"),
        "{row}"
    );
}

#[tokio::test]
async fn the_navigation_leads_to_the_same_rooms_and_days() {
    let mut browser = furnished().await;
    let page = week(&mut browser, "/insights/spaces").await;
    let menu = page.split("</nav>").next().unwrap();
    let kept = WEEK.replace('&', "&amp;");
    assert!(menu.contains(&format!("/insights/trust?{kept}\"")), "{menu}");
    assert!(menu.contains("\"/audit\""), "{menu}");
}

#[tokio::test]
async fn who_chooses_other_dates_keeps_the_order_of_the_list() {
    let mut browser = furnished().await;
    let page = browser.get(&format!("/insights/spaces?{WEEK}&sort=used")).await;
    assert!(
        page.body
            .contains("<input type=\"hidden\" name=\"sort\" value=\"used\">")
    );
    assert!(
        page.body.contains("&amp;sort=used\" aria-current") || page.body.contains("&amp;sort=used\">4 weeks")
    );
}

#[tokio::test]
async fn reports_are_files_with_a_name_that_tells_what_they_are() {
    let mut browser = furnished().await;
    for (path, form, name) in [
        (
            "/insights/report.csv",
            "Csv",
            "report-by-building-HQ-2026-03-09-2026-03-15.csv",
        ),
        (
            "/insights/report.json",
            "Json",
            "report-by-building-HQ-2026-03-09-2026-03-15.json",
        ),
        (
            "/insights/zombies.csv",
            "Tickets",
            "zombie-series-HQ-2026-03-09-2026-03-15.csv",
        ),
    ] {
        let file = browser.get(&format!("{path}?{WEEK}&building=HQ")).await;
        file.is(200);
        assert_eq!(file.body, format!("{form} of 1 reports"));
        assert_eq!(
            file.header("content-disposition"),
            format!("attachment; filename=\"{name}\"")
        );
    }
    assert!(
        Workplace::new()
            .select(&Default::default(), &[])
            .reports
            .is_empty()
    );
}

#[tokio::test]
async fn one_week_leads_to_those_beside_it() {
    let mut browser = furnished().await;
    let page = browser.get("/insights/week?week=2026-03-09").await;
    page.is(200);
    for monday in ["2026-03-02", "2026-03-16"] {
        assert!(page.body.contains(&format!("week={monday}\"")), "{}", page.body);
    }
    // A day that begins no week, and a week that is not over, are not taken for another one without a word.
    for week in ["2026-03-10", "9999-01-04", "x"] {
        let page = browser.get(&format!("/insights/week?week={week}")).await;
        assert!(
            page.body.contains("names no week that is over"),
            "{week}: {}",
            page.body
        );
        assert!(!page.body.contains("The week after"));
    }
}

#[tokio::test]
async fn the_page_of_a_week_tells_administrators_how_its_summary_was_posted() {
    let mut ada = furnished().await;
    let post = WeeklyPost {
        monday: "2026-03-09".into(),
        id: "weekly-1".into(),
        content: Some("{}".into()),
        begun_at: 1_773_644_400,
        tries: 0,
        tried_at: None,
        problem: None,
        sent_at: None,
    };
    let failed = WeeklyPost {
        tries: 3,
        tried_at: Some(1_773_648_000),
        problem: Some(format!("the webhook answered 503{HOSTILE}")),
        ..post.clone()
    };
    let ended = |post: &WeeklyPost| WeeklyPost {
        content: None,
        ..post.clone()
    };
    let sent = WeeklyPost {
        sent_at: Some(1_773_648_000),
        ..ended(&failed)
    };
    let page = "/insights/week?week=2026-03-09";
    for (post, said) in [
        (None, "The summary of this week was not posted."),
        (Some(post.clone()), "Being posted to "),
        (Some(failed.clone()), "It is tried again."),
        (Some(ended(&failed)), "It was given up."),
        (Some(ended(&post)), "the next week was over before"),
        (Some(sent), "Posted to "),
    ] {
        ada.fake.world().posting = Some(Posting {
            to: "https://rooms.example".into(),
            post,
        });
        let page = ada.get(page).await;
        page.is(200);
        page.holds("Week of 9 – 15 March 2026");
        page.holds(said);
        assert!(!page.body.contains(HOSTILE), "{}", page.body);
    }
    // A week begins on a Monday; others have no page.
    let other = ada.get("/insights/week?week=2026-03-10").await;
    assert!(!other.body.contains("9 – 15 March"), "{}", other.body);
    // What keeps it from being posted is nothing for others.
    ada.fake.world().accounts.push(account_as("grace", Role::Analyst));
    let mut grace = ada.other();
    grace.sign_in_as("grace").await;
    let page = grace.get(page).await;
    page.is(200);
    assert!(!page.body.contains("Summary by webhook"), "{}", page.body);
}
