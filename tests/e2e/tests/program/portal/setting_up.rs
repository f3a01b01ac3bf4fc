//! What helps whoever fills in a form: all that is missing or wrong is named at once, in the words of the form, and nothing is lost when the
//! session ends meanwhile.

use std::time::Duration;

use e2e::Browser;

use crate::portal::situation::{ACCOUNT, PASSWORD, Situation, look, picture, unfold};

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
    for name in ["certificate", "settings.graph-url", "every", "grants"] {
        unfold(&browser, name);
    }
    // What the schema, the connector, the configuration and the credentials would each have told in a round of their own.
    for (name, typed) in [
        ("settings.user-agent", "Zoë"),
        ("settings.room-lists", "hq rooms"),
        ("settings.graph-url", "https://graph.example"),
        ("certificate", "-----BEGIN NOTHING-----"),
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
        "Certificate",
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

#[test]
fn what_was_typed_is_still_there_after_signing_in_again() {
    let Some(browser) = Browser::start().unwrap() else {
        return;
    };
    let mut situation = Situation::new(Duration::ZERO);
    situation.set_up(&browser);
    situation.fill_in(&browser, "hq-rooms@contoso.com");
    // A new password ends the session.
    situation.new_password("an entirely new one");
    browser.click_text("Save details").unwrap();
    browser
        .wait_for_part("form [role=alert]", "Nothing was sent: your session has ended.")
        .unwrap();
    assert_eq!(browser.value("[name='settings.tenant']").unwrap(), "contoso.com");
    assert_eq!(look(&browser, "session-ended"), Vec::<String>::new());
    let sign_in = |account: &str, password: &str| {
        browser.click_text("Sign in again").unwrap();
        browser.to_new_tab().unwrap();
        browser.wait_for_text("h1", "Sign in").unwrap();
        browser.fill("[name=account]", account).unwrap();
        browser.fill("[name=password]", password).unwrap();
        browser.click("main button[type=submit]").unwrap();
        browser.wait_for_text("h1", "Signed in again").unwrap();
        picture(&browser, "signed-in-again");
        browser.close_tab().unwrap();
    };
    sign_in(ACCOUNT, "an entirely new one");
    browser
        .evaluate("window.dispatchEvent(new Event('focus'))")
        .unwrap();
    browser
        .wait_for_part(
            "form [role=status]",
            "You are signed in again. Nothing was sent yet",
        )
        .unwrap();
    assert_eq!(
        browser.evaluate("document.activeElement.textContent").unwrap(),
        "Save details"
    );
    assert_eq!(look(&browser, "session-again"), Vec::<String>::new());
    let audit = || {
        situation
            .workplace
            .run(&["audit", "--format", "jsonl"])
            .unwrap()
            .stdout
    };
    assert!(!audit().contains("secret-stored"), "nothing is sent by itself");
    // With the secret, which was kept nowhere but in the page.
    situation.save_details(&browser);
    assert!(audit().contains("secret-stored"));

    // Somebody else who signs in meanwhile sends nothing of it.
    browser.open(&situation.at("/account")).unwrap();
    browser.click_text("Add an account").unwrap();
    let add = |field: &str| format!("form[action='/account/add'] [name={field}]");
    let fill_in = |account: &str| {
        browser.fill(&add("account"), account).unwrap();
        for field in ["new", "again"] {
            browser.fill(&add(field), PASSWORD).unwrap();
        }
        browser.click("form[action='/account/add'] button").unwrap();
    };
    fill_in("grace");
    browser
        .wait_for_part("[role=status]", "Account grace created.")
        .unwrap();
    browser.click_text("Add an account").unwrap();
    situation.new_password("yet another long one");
    fill_in("eve");
    browser
        .wait_for_part("form [role=alert]", "Nothing was sent: your session has ended.")
        .unwrap();
    sign_in("grace", PASSWORD);
    browser.click("form[action='/account/add'] button").unwrap();
    browser
        .wait_for_part(
            "form [role=alert]",
            "Nothing was sent: you are signed in as grace now.",
        )
        .unwrap();
    let accounts = situation.workplace.run(&["accounts", "list"]).unwrap().stdout;
    assert!(!accounts.contains("eve"), "{accounts}");
}
