//! Cisco Webex in the portal: no administrator consents on a page, and the application signs in with a refresh token.

use e2e::Browser;
use graph_sim::Tenant;
use webex_sim::{App, Location, Organization, Rotation, Simulator, Workspace};

use crate::portal::situation::{Situation, look, unfold};

const TOKEN: &str = "refresh-token-of-an-administrator";

fn organization() -> Organization {
    let berlin = Location::new("Berlin", "Europe/Berlin");
    Organization::new("Contoso")
        .workspace(
            Workspace::new("Aurora")
                .key("Aurora")
                .capacity(8)
                .location(&berlin),
        )
        .location(berlin)
        .app(App::new("client", "secret", TOKEN).rotates(Rotation::OldUntilNewUsed))
}

#[test]
fn a_source_is_set_up_with_a_refresh_token_validated_saved_and_paused() {
    let Some(browser) = Browser::start().unwrap() else {
        return;
    };
    let webex = Simulator::start(organization()).unwrap();
    let graph = graph_sim::Simulator::start(Tenant::new("contoso.com")).unwrap();
    let mut situation = Situation::of(graph, e2e::now(), "", &["webex"]);
    situation.set_up(&browser);
    browser.open(&situation.at("/infrastructure/new")).unwrap();
    browser.click_text("Choose Cisco Webex").unwrap();
    browser.wait_for_part("h2", "Webex host details").unwrap();
    assert_eq!(
        browser.texts(".steps li").unwrap(),
        ["Details", "Validate", "Save"]
    );
    assert!(!browser.exists("[name=certificate]").unwrap());
    assert!(!browser.exists("#authorization").unwrap());
    for name in ["settings.webex-url", "grants"] {
        unfold(&browser, name);
    }
    for (name, typed) in [
        ("name", "wx"),
        ("settings.webex-url", webex.api_url().as_str()),
        ("client-id", "client"),
        ("client-secret", "secret"),
        ("grants", webex.url()),
    ] {
        browser.fill(&format!("[name='{name}']"), typed).unwrap();
    }
    // Without its refresh token, the application gets no token.
    browser.click_text("Save details").unwrap();
    browser
        .wait_for_part("[data-problems]", "Refresh token is missing")
        .unwrap();
    assert_eq!(browser.texts("[data-problems] li").unwrap().len(), 1);
    assert_eq!(look(&browser, "webex-details"), Vec::<String>::new());
    browser.fill("[name='secrets.refresh-token']", TOKEN).unwrap();
    situation.save_details(&browser);
    browser.click("#validate button").unwrap();
    browser
        .wait_for_part("#save-state", "The validation passed")
        .unwrap();
    browser.click("form[action$='/save'] button").unwrap();
    browser.wait_for_text("h1", "wx").unwrap();
    browser
        .wait_for_part("[role=status]", "wx is saved and applied.")
        .unwrap();
    assert!(!browser.exists("#authorization").unwrap());
    assert_eq!(look(&browser, "webex-source"), Vec::<String>::new());
    let written = situation.configuration();
    assert!(
        written.contains("refresh-token = ") && !written.contains(TOKEN),
        "{written}"
    );
    browser.click_text("Pause").unwrap();
    browser.wait_for_part("[role=status]", "wx paused.").unwrap();
    browser.click_text("Edit").unwrap();
    browser.wait_for_part("h2", "Webex host details").unwrap();
}
