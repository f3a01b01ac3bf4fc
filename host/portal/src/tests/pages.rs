//! Tests of the operators' routes, and of the accessibility of all pages.

use super::{PAGES, PARTS, furnished};

#[tokio::test]
async fn each_entry_of_the_navigation_is_a_page_that_says_where_it_is() {
    let mut browser = furnished().await;
    for (path, words) in [
        ("/", "Overview"),
        ("/infrastructure", "Infrastructure"),
        ("/rooms", "Rooms"),
        ("/insights/spaces", "Spaces"),
        ("/insights/no-shows", "No-shows and release"),
        ("/insights/zombies", "Zombie series"),
        ("/insights/demand", "Demand and fit"),
        ("/insights/trust", "Devices and trust"),
        ("/insights/reports", "Reports"),
        ("/spaces", "Device spaces"),
        ("/timeline", "Timeline"),
        ("/definitions", "Definitions"),
        ("/connectors", "Connectors"),
        ("/sinks", "Sinks"),
        ("/audit", "Audit log"),
        ("/account", "Account"),
    ] {
        let page = browser.get(path).await;
        page.is(200);
        page.holds(&format!("<a href=\"{path}\" aria-current=\"page\">{words}</a>"));
    }
}

#[tokio::test]
async fn every_page_can_be_found_through_without_seeing_it() {
    let mut browser = furnished().await;
    for path in PAGES.iter().filter(|path| !PARTS.contains(path)) {
        let page = browser.get(path).await.body;
        assert_eq!(page.matches("<h1").count(), 1, "{path}");
        assert!(page.starts_with("<!DOCTYPE html><html lang=\"en\">"), "{path}");
        assert!(page.contains("<a class=\"skip\" href=\"#main\">"), "{path}");
        assert!(page.contains("<main id=\"main\" tabindex=\"-1\">"), "{path}");
        assert!(page.contains("<nav aria-label=\"Main\">"), "{path}");
        assert!(!page.contains("<title> "), "{path}");
        // Ids are unique, labels belong to a control, and descriptions exist.
        let ids: Vec<&str> = values(&page, " id=\"");
        for (index, id) in ids.iter().enumerate() {
            assert!(!ids[..index].contains(id), "{path}: {id} twice");
        }
        let named = ["for", "aria-labelledby", "aria-describedby"];
        for attribute in named {
            for value in values(&page, &format!(" {attribute}=\"")) {
                for id in value.split(' ') {
                    assert!(ids.contains(&id), "{path}: {attribute} {id}");
                }
            }
        }
    }
}

fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    page.split(attribute)
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect()
}

#[tokio::test]
async fn what_is_asked_for_in_an_address_reaches_the_program() {
    let mut browser = furnished().await;
    browser.fake.calls();
    browser.get("/rooms?source=contoso&outcome=denied").await.is(200);
    browser.get("/audit?before=17").await.is(200);
    browser.cookie = browser
        .cookie
        .take()
        .map(|cookie| format!("{cookie}; zone=auto:Europe/Berlin"));
    let timeline = browser.get("/timeline?source=contoso").await;
    timeline.holds("data-zone=\"Europe/Berlin\"");
    let calls = browser.fake.calls();
    assert!(
        calls[0].starts_with("rooms RoomQuery { source: Some(\"contoso\"), outcome: Some(\"denied\")"),
        "{calls:?}"
    );
    assert!(
        calls
            .iter()
            .any(|call| call.starts_with("audit log AuditSearch { before: Some(17)")),
        "{calls:?}"
    );
    assert!(
        calls.contains(&"timeline ada (administrator) of Some(\"contoso\")".to_owned()),
        "{calls:?}"
    );
}

#[tokio::test]
async fn what_is_approved_is_the_version_that_was_shown() {
    let mut browser = furnished().await;
    browser.fake.calls();
    browser
        .post("/connectors/o365/approve", &[("digest", "fedc")])
        .await
        .leads_to("/connectors");
    assert_eq!(browser.fake.calls(), ["approve o365 fedc by ada"]);
}
