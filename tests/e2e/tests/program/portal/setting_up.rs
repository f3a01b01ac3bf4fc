//! What helps whoever fills in a form: all that is missing or wrong is named at once, in the words of the form.

use std::time::Duration;

use e2e::Browser;

use crate::portal::situation::{Situation, look, unfold};

/// The problems as the form lists them.
fn problems(browser: &Browser) -> Vec<String> {
    browser.texts("[data-problems] li").unwrap_or_default()
}

#[test]
fn all_that_is_missing_or_wrong_is_named_at_once_and_in_the_words_of_the_form() {
    let Some(browser) = Browser::start().unwrap() else {
        return;
    };
    let mut situation = Situation::new(Duration::ZERO);
    situation.set_up(&browser);
    browser.open(&situation.at("/infrastructure/new")).unwrap();
    browser.click_text("Choose Microsoft Office 365").unwrap();
    browser.wait_for_text("h2", "Office 365 host details").unwrap();
    for name in ["settings.graph-url", "every", "grants"] {
        unfold(&browser, name);
    }
    // What the schema, the connector, the configuration and the credentials would each have told in a round of their own.
    for (name, typed) in [
        ("settings.user-agent", "Zoë"),
        ("settings.room-lists", "hq rooms"),
        ("settings.graph-url", "https://graph.example"),
        ("every", "often"),
        ("grants", "https://graph.example/v1.0"),
    ] {
        browser.fill(&format!("[name='{name}']"), typed).unwrap();
    }
    browser.click_text("Save details").unwrap();
    browser
        .wait_for_part(".step > .notice", "To go on, fix the")
        .unwrap();
    let told = problems(&browser);
    let expected = [
        "Name is missing",
        "Tenant is missing",
        "User agent ",
        "Room lists: \"hq rooms\" is not an e-mail address",
        "Client ID is missing",
        "Client secret and certificate are missing: Enter one of the two",
        "Graph address has no path",
        "Collect every: \"often\" is not a length of time: write it like 30s, 5m",
        "Allowed origins: \"https://graph.example/v1.0\" contains more than scheme, host and port",
    ];
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for (told, expected) in told.iter().zip(expected) {
        assert!(told.starts_with(expected), "{told} is not {expected}");
        for toml in [" = ", "settings.", "[[", "{ ", "`"] {
            assert!(!told.contains(toml), "{told} has words of the file");
        }
    }
    // Each is told beside its field as well, and the first field has the focus.
    assert_eq!(browser.texts(".field > .problem").unwrap().len(), expected.len());
    assert_eq!(browser.evaluate("document.activeElement.name").unwrap(), "name");
    assert_eq!(look(&browser, "details-with-many-problems"), Vec::<String>::new());
    // In the end nothing is left that was not told at once.
    situation.fill_in(&browser, "hq-rooms@contoso.com");
    situation.save_details(&browser);
}
