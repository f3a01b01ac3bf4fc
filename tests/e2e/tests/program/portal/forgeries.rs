//! Answers of the consent page that are not to be believed, through the real program.

use std::time::Duration;

use e2e::Browser;
use graph_sim::{ConsentTamper, Tenant};

use crate::portal::situation::{Situation, show_authorization};

fn before_consent(browser: &Browser) -> Situation {
    let mut situation = Situation::new(Duration::ZERO);
    situation.set_up(browser);
    situation.fill_in(browser, "hq-rooms@contoso.com");
    situation.save_details(browser);
    situation
}

#[test]
fn an_answer_with_a_wrong_state_a_forged_tenant_or_a_replayed_state_is_not_believed() {
    let Some(browser) = Browser::start().unwrap() else {
        return;
    };
    let situation = before_consent(&browser);
    let draft = browser.url().unwrap();

    for tamper in [ConsentTamper::WrongState, ConsentTamper::DropState] {
        situation.simulator.tamper_consent(tamper);
        situation.authorize(&browser, "admin@contoso.com", "accept");
        browser
            .wait_for_part("main", "was not started here, was already used, or has expired")
            .unwrap();
        // The status of that page is on the console, as it should be.
        assert_eq!(browser.script_errors().unwrap().len(), 1);
        browser.open(&draft).unwrap();
        show_authorization(&browser);
        assert!(
            !browser
                .text("#authorization")
                .unwrap()
                .contains("Verified with a token from tenant")
        );
    }

    let other = Tenant::new("fabrikam.com").id().to_owned();
    situation
        .simulator
        .tamper_consent(ConsentTamper::ForgedTenant(other.clone()));
    situation.authorize(&browser, "admin@contoso.com", "accept");
    show_authorization(&browser);
    browser.wait_for_part("#authorization", &other).unwrap();
    assert!(
        browser
            .text("#authorization")
            .unwrap()
            .contains("The answer was ignored")
    );

    situation.authorize(&browser, "admin@contoso.com", "accept");
    browser
        .wait_for_part("#authorization summary", "granted")
        .unwrap();
    show_authorization(&browser);
    browser
        .wait_for_part("#authorization", "Verified with a token from tenant")
        .unwrap();
    let request = situation.simulator.requests_to("/v2.0/adminconsent");
    let sent = request.last().unwrap().decoded();
    let (_, state) = sent.split_once("state=").unwrap();
    let state = state.split('&').next().unwrap();
    let tenant = Tenant::new("contoso.com").id().to_owned();
    browser
        .open(&situation.at(&format!(
            "/authorized?admin_consent=True&tenant={tenant}&state={state}"
        )))
        .unwrap();
    browser
        .wait_for_part("main", "was not started here, was already used, or has expired")
        .unwrap();
}

#[test]
fn an_account_of_another_tenant_never_comes_back() {
    let Some(browser) = Browser::start().unwrap() else {
        return;
    };
    let situation = before_consent(&browser);
    let draft = browser.url().unwrap();
    show_authorization(&browser);
    browser.click_text("Click to authorize").unwrap();
    browser.click_text("Sign in as eve@fabrikam.com").unwrap();
    browser.wait_for_part("body", "AADSTS50020").unwrap();
    browser.open(&draft).unwrap();
    show_authorization(&browser);
    let state = browser.text("#authorization").unwrap();
    assert!(
        state.contains("AADSTS50020") && state.contains("AADSTS50011"),
        "what such a page means is said here: {state}"
    );
    assert!(!situation.configuration().contains("[[source]]"));
}
