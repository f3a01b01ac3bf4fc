//! The feeds of iCalendar, which are rows of a form.

use e2e::Browser;
use graph_sim::{Simulator, Tenant};

use crate::portal::situation::{HOSTILE, Situation, look, unfold};

/// A feed that stands in the file, with a comment.
const SOURCE: &str = r#"
[[source]]
name = "annex"
connector = "ics"
paused = true
[source.settings]
[[source.settings.feeds]]   # first
room = "atrium@contoso.com"
name = "Atrium"
url = "https://calendar.example.com/atrium.ics"   # moved in March
capacity = 12
[source.grants]
http = ["https://calendar.example.com"]
"#;

/// The name of a cell's input.
fn cell(row: usize, column: &str) -> String {
    format!("[name='settings.feeds.{row}.{column}']")
}

fn fill(browser: &Browser, row: usize, cells: &[(&str, &str)]) {
    for (column, text) in cells {
        browser.fill(&cell(row, column), text).unwrap();
    }
}

/// The name of the field that has the focus.
fn focused(browser: &Browser) -> String {
    let name = browser.evaluate("document.activeElement.name").unwrap();
    name.as_str().unwrap_or_default().to_owned()
}

#[test]
fn feeds_are_rows_that_are_added_filled_in_and_removed() {
    let Some(browser) = Browser::start().unwrap() else {
        return;
    };
    let simulator = Simulator::start(Tenant::new("contoso.com")).unwrap();
    let mut situation = Situation::of(simulator, e2e::now(), SOURCE, &["ics"]);
    situation.set_up(&browser);
    let before = situation.configuration();
    let mut barriers = Vec::new();

    // A new source: an empty row is there, and what is missing is named by row and column.
    browser.open(&situation.at("/infrastructure/new")).unwrap();
    browser.click("main button.primary").unwrap();
    browser.wait_for_part("fieldset.rows legend", "Feeds").unwrap();
    assert_eq!(browser.texts(".rows > .row").unwrap().len(), 1);
    browser.fill("[name=name]", "hall").unwrap();
    browser.click_text("Save details").unwrap();
    browser
        .wait_for_part(".step > .notice", "To go on, fix the problem below.")
        .unwrap();
    assert_eq!(focused(&browser), "settings.feeds.0.room");
    browser
        .wait_for_part("[data-problems]", "Feeds: there is none yet")
        .unwrap();
    fill(&browser, 0, &[("room", "hall@contoso.com"), ("name", HOSTILE)]);
    browser.click_text("Add a row").unwrap();
    assert_eq!(focused(&browser), "settings.feeds.1.room");
    fill(
        &browser,
        1,
        &[
            ("room", &"long".repeat(60)),
            ("name", "Lab"),
            ("url", "https://calendar.example.com/lab.ics"),
            ("capacity", "many"),
        ],
    );
    browser.click_text("Save details").unwrap();
    for part in [
        "Address in row 1 of Feeds is missing",
        "Capacity in row 2 of Feeds is not a number",
    ] {
        browser.wait_for_part("[data-problems]", part).unwrap();
    }
    browser
        .wait_for_part(".step > .notice", "To go on, fix the 2 problems below.")
        .unwrap();
    assert_eq!(focused(&browser), "settings.feeds.0.url");
    barriers.extend(look(&browser, "feeds-problems"));

    // What only the connector knows to be wrong is told in the same way, while it is typed: a room has one feed, at an address on the web.
    fill(&browser, 0, &[("url", "https://calendar.example.com/hall.ics")]);
    fill(
        &browser,
        1,
        &[
            ("room", "Hall@Contoso.com"),
            ("url", "ftp://calendar.example.com/lab.ics"),
            ("capacity", "12"),
        ],
    );
    let beside = |column: &str| format!("#problem-field-settings_feeds_1_{column}:not([hidden])");
    browser
        .wait_for_part(
            &beside("url"),
            "Address in row 2 of Feeds is neither https nor webcal",
        )
        .unwrap();
    browser
        .wait_for_part(&beside("room"), "hall@contoso.com has a feed already")
        .unwrap();
    browser.click_text("Save details").unwrap();
    browser
        .wait_for_part(".step > .notice", "To go on, fix the 2 problems below.")
        .unwrap();
    assert_eq!(focused(&browser), "settings.feeds.1.room");
    barriers.extend(look(&browser, "feeds-refused"));

    // The row that is wrong is removed; the page shows at once that nothing is wrong any more.
    browser
        .click(".rows > .row:nth-of-type(3) .remove button")
        .unwrap();
    unfold(&browser, "grants");
    browser
        .fill("[name=grants]", "https://calendar.example.com")
        .unwrap();
    browser.click_text("Save details").unwrap();
    browser
        .wait_for_part(".step > .notice", "Details saved.")
        .unwrap();
    assert_ne!(browser.evaluate("document.title").unwrap(), "owned");
    browser.click("#save button").unwrap();
    browser.wait_for_text("h1", "hall").unwrap();
    let after = situation.configuration();
    let added = after.strip_prefix(&before).unwrap();
    assert_eq!(added.matches("[[source.settings.feeds]]").count(), 1, "{added}");
    assert!(added.contains("room = \"hall@contoso.com\""), "{added}");

    // A feed of the file is shown as a row; another one is added after it, and the first one stays as it was written.
    browser.open(&situation.at("/sources/annex")).unwrap();
    browser.click_text("Edit").unwrap();
    browser.wait_for_part("fieldset.rows legend", "Feeds").unwrap();
    assert_eq!(browser.value(&cell(0, "capacity")).unwrap(), "12");
    barriers.extend(look(&browser, "feeds"));
    browser.click_text("Add a row").unwrap();
    fill(
        &browser,
        1,
        &[
            ("room", "lab@contoso.com"),
            ("name", "Lab"),
            ("url", "https://calendar.example.com/lab.ics"),
        ],
    );
    browser.click_text("Save details").unwrap();
    browser
        .wait_for_part(".step > .notice", "Details saved.")
        .unwrap();
    browser.click("#save button").unwrap();
    browser.wait_for_text("h1", "annex").unwrap();
    let changed = situation.configuration();
    let first = SOURCE.split("[source.grants]").next().unwrap();
    assert!(changed.contains(first), "{changed}");
    assert!(changed.contains("room = \"lab@contoso.com\""), "{changed}");
    assert!(barriers.is_empty(), "{}", barriers.join("\n"));
}
