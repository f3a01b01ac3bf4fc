//! What figures mean, where they are shown: in the portal, as in `docs/definitions.md`.

use std::time::Duration;

use e2e::Browser;

use crate::portal::situation::{Situation, picture};

#[test]
fn each_definition_is_on_a_page_and_a_link_away() {
    let Some(browser) = Browser::start().unwrap() else {
        return;
    };
    let mut situation = Situation::new(Duration::ZERO);
    situation.set_up(&browser);
    browser.click_text("Definitions").unwrap();
    browser.wait_for_text("h1", "Definitions").unwrap();
    let documented = include_str!("../../../../../docs/definitions.md");
    let rows = documented
        .lines()
        .filter(|line| line.starts_with("| `") || line.starts_with("| **"));
    let rows: Vec<String> = rows.map(|row| row.replace(['`', '*'], "")).collect();
    let names = browser.texts("tbody th").unwrap();
    let means = browser.texts("tbody td").unwrap();
    let shown: Vec<String> = names
        .iter()
        .zip(&means)
        .map(|(name, means)| format!("| {name} | {means} |"))
        .collect();
    assert_eq!(shown, rows);
    picture(&browser, "definitions");
    browser.dark(true).unwrap();
    picture(&browser, "definitions-dark");
    browser.dark(false).unwrap();
    browser.size(360, 800).unwrap();
    picture(&browser, "definitions-phone");
    browser.size(1280, 900).unwrap();

    // As later pages link to it.
    browser.open(&situation.at("/definitions#no_show_rate")).unwrap();
    browser.wait_for_part("tr:target", "no_show_rate").unwrap();
    assert_eq!(browser.script_errors().unwrap(), Vec::<String>::new());
}
