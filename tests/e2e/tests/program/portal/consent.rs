//! Microsoft's side alone: the consent page of the simulated tenant, walked in the browser, with a page in the portal's
//! place to come back to. How each answer looks in detail is tested where the simulator is.

use e2e::{Browser, Page, Pages, screenshots};
use graph_sim::{Account, App, CLIENT_ID, Simulator, Tenant};

/// A tenant that waits for consent, somewhere to come back to, and a browser on the consent page.
struct Walk {
    simulator: Simulator,
    portal: Pages,
    browser: Browser,
}

impl Walk {
    /// None when there is no browser here.
    fn begin() -> anyhow::Result<Option<Self>> {
        let Some(browser) = Browser::start()? else {
            return Ok(None);
        };
        let portal = Pages::serve(&[
            Page::refused("/authorized", 200, &["Content-Type: text/html"], "<h1>Back</h1>"),
            // Browsers ask for it, and complain on the console when it is not there.
            Page::new("/favicon.ico", ""),
        ])?;
        let back = format!("{}/authorized", portal.origin());
        let simulator = Simulator::start(
            Tenant::new("contoso.com")
                .app(
                    App::default()
                        .registered_only()
                        .redirect("http://127.0.0.1/authorized"),
                )
                .account(Account::new("admin@contoso.com", "Ada").global_administrator())
                .account(Account::new("bob@contoso.com", "Bob"))
                .account(Account::new("eve@fabrikam.com", "<script>alert(1)</script>")),
        )?;
        browser.open(&format!(
            "{}/contoso.com/v2.0/adminconsent?client_id={CLIENT_ID}&scope=https://graph.microsoft.com/.default\
             &redirect_uri={back}&state=s-1",
            simulator.url()
        ))?;
        Ok(Some(Self {
            simulator,
            portal,
            browser,
        }))
    }

    /// Waits until the browser is back, without an error on its console; with what the application was told.
    fn back(&self) -> anyhow::Result<Vec<(String, String)>> {
        let address = self.browser.wait_for("the way back", |browser| {
            let url = browser.url().ok()?;
            url.starts_with(&self.portal.origin()).then_some(url)
        })?;
        self.browser.wait_for_text("h1", "Back")?;
        assert_eq!(self.browser.script_errors()?, Vec::<String>::new());
        let asked = self.portal.asked();
        assert!(
            asked.iter().any(|target| address.ends_with(target.as_str())),
            "{asked:?}"
        );
        Ok(url::Url::parse(&address)?.query_pairs().into_owned().collect())
    }
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected
        .iter()
        .map(|&(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[test]
fn an_administrator_accepts_and_comes_back() -> anyhow::Result<()> {
    let Some(walk) = Walk::begin()? else {
        return Ok(());
    };
    let browser = &walk.browser;
    assert_eq!(browser.text("h1")?, "Pick an account");
    assert_eq!(
        browser.texts("button")?,
        [
            "Sign in as admin@contoso.com",
            "Sign in as bob@contoso.com",
            "Sign in as eve@fabrikam.com"
        ]
    );
    assert!(browser.text("body")?.contains("<script>alert(1)</script>"));
    browser.click("button[name=account][value='admin@contoso.com']")?;
    browser.wait_for_text("h1", "Permissions requested")?;
    assert_eq!(
        browser.texts("li")?,
        [
            "Read calendars in all mailboxes (Calendars.Read)",
            "Read directory data (Directory.Read.All)",
            "Read all users' full profiles (User.Read.All)",
            "Read all company places (Place.Read.All)",
            "Sign in and read user profile (User.Read)",
        ]
    );
    browser.screenshot(screenshots().join("consent.png"))?;
    assert!(!walk.simulator.is_consented(CLIENT_ID));
    browser.click("button[name=decision][value=accept]")?;
    assert_eq!(
        walk.back()?,
        pairs(&[
            ("admin_consent", "True"),
            ("tenant", Tenant::new("contoso.com").id()),
            (
                "scope",
                "https://graph.microsoft.com/Calendars.Read https://graph.microsoft.com/Directory.Read.All \
                 https://graph.microsoft.com/User.Read.All https://graph.microsoft.com/Place.Read.All \
                 https://graph.microsoft.com/User.Read"
            ),
            ("state", "s-1"),
        ])
    );
    assert!(walk.simulator.is_consented(CLIENT_ID));
    Ok(())
}

#[test]
fn an_administrator_cancels_and_comes_back_with_the_error() -> anyhow::Result<()> {
    let Some(walk) = Walk::begin()? else {
        return Ok(());
    };
    walk.browser.click_text("Sign in as admin@contoso.com")?;
    walk.browser.click_text("Cancel")?;
    let mut told = walk.back()?;
    let (_, description) = told.remove(2);
    assert!(description.starts_with("AADSTS65004: "), "{description}");
    assert_eq!(
        told,
        pairs(&[
            ("admin_consent", "True"),
            ("error", "consent_required"),
            ("state", "s-1"),
        ])
    );
    assert!(!walk.simulator.is_consented(CLIENT_ID));
    Ok(())
}

#[test]
fn who_is_no_administrator_is_told_so_and_another_account_can_be_picked() -> anyhow::Result<()> {
    let Some(walk) = Walk::begin()? else {
        return Ok(());
    };
    let browser = &walk.browser;
    browser.click_text("Sign in as bob@contoso.com")?;
    browser.wait_for_text("h1", "Need admin approval")?;
    assert!(!browser.exists("button[value=accept]")?);
    browser.click_text("Have an admin account? Sign in with that account")?;
    browser.wait_for_text("h1", "Pick an account")?;
    browser.click_text("Sign in as bob@contoso.com")?;
    browser.click_text("Return to the application without granting consent")?;
    let mut told = walk.back()?;
    let (_, description) = told.remove(2);
    assert!(description.starts_with("AADSTS90094: "), "{description}");
    assert_eq!(
        told,
        pairs(&[
            ("admin_consent", "True"),
            ("error", "access_denied"),
            ("state", "s-1"),
        ])
    );
    assert!(!walk.simulator.is_consented(CLIENT_ID));
    Ok(())
}
