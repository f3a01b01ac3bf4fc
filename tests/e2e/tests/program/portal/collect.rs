//! What an administrator does with a source that was saved: collects it now, and sees on the open page how it goes on, in the time zone of
//! choice.

use e2e::{Browser, Source};
use graph_sim::{Event, Room, Simulator, Tenant};

use crate::portal::situation::{Situation, picture};

#[test]
fn a_source_is_collected_now_and_the_open_page_shows_it_in_the_zone_of_choice() {
    let Some(browser) = Browser::start().unwrap() else {
        return;
    };
    let tenant = Tenant::new("contoso.com").room(Room::new("conf-a@contoso.com", "Conf A"));
    let simulator = Simulator::start(tenant).unwrap();
    let source = Source::contoso(&simulator).line("every = \"1h\"").to_string();
    let mut situation = Situation::of(simulator, e2e::now(), &source, &["o365"]);
    situation.service.wait_for_passes("contoso", 1).unwrap();
    situation.set_up(&browser);
    browser.open(&situation.at("/")).unwrap();
    browser.wait_for_part("article.card", "0 stored").unwrap();
    // Nothing is due for an hour: what changes on this page, Collect now brought.
    let start = e2e::now() + chrono::Duration::hours(1);
    situation
        .simulator
        .update(|tenant| {
            let end = start + chrono::Duration::minutes(30);
            tenant
                .room_mut("conf-a@contoso.com")?
                .events_mut()
                .push(Event::between("Review", start, end));
            Ok(())
        })
        .unwrap();
    browser.click_text("Collect now").unwrap();
    browser
        .wait_for_part("[role=status]", "A pass of contoso was started.")
        .unwrap();
    browser.wait_for_part("article.card", "1 stored").unwrap();
    browser.wait_for_part("article.card", "complete").unwrap();
    picture(&browser, "overview-collected");

    // All pages show instants in one zone, which the reader chooses.
    let zone = ".zone > summary";
    browser.wait_for_text(zone, "Times in UTC").unwrap();
    browser.click(zone).unwrap();
    browser.fill("#zone", "asia/tokyo").unwrap();
    picture(&browser, "zone");
    browser.click(".zone button:not([name])").unwrap();
    browser.wait_for_text(zone, "Times in Asia/Tokyo").unwrap();
    let shown = |css: &str| {
        let time = format!("document.querySelector('{css}').textContent");
        browser.evaluate(&time).unwrap().as_str().unwrap().to_owned()
    };
    browser
        .open(&situation.at("/audit?action=pass-requested"))
        .unwrap();
    browser.wait_for_text(zone, "Times in Asia/Tokyo").unwrap();
    let instant = browser
        .evaluate("document.querySelector('main time').dateTime")
        .unwrap();
    let instant = chrono::DateTime::parse_from_rfc3339(instant.as_str().unwrap()).unwrap();
    let in_tokyo = (instant + chrono::Duration::hours(9)).format("%Y-%m-%d %H:%M:%S");
    assert_eq!(shown("main time"), in_tokyo.to_string());
    // Back to the browser's own zone.
    browser.click(zone).unwrap();
    browser.click("[data-own-zone]").unwrap();
    browser.wait_for_text(zone, "Times in UTC").unwrap();
}
